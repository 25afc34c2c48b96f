# SPDX-License-Identifier: Apache-2.0
"""Bridges to other systems, under the names of prometheus_client."""
