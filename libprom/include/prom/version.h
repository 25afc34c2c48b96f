// SPDX-License-Identifier: Apache-2.0
/* version.h - the version; CMake, setup.py and the rockspec's test read it from here. */
#ifndef PROM_VERSION_H
#define PROM_VERSION_H

#define PROM_VERSION_MAJOR 0
#define PROM_VERSION_MINOR 1
#define PROM_VERSION_PATCH 0
#define PROM_VERSION       "0.1.0"

/* Grows by one when something already in the API table (api.h) changes its meaning. */
#define PROM_ABI 1

#endif
