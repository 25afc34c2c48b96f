# SPDX-License-Identifier: Apache-2.0
"""What is ended before the interpreter is: senders, while collectors in Python still work; then
the way into the interpreter is closed, and servers are stopped.

Registered when the package is imported, so it runs after what the program registers later."""

import atexit
from typing import Any

from . import _native

# They run until they are stopped, whether or not anybody keeps them.
senders: set[Any] = set()
servers: set[Any] = set()


@atexit.register
def _end() -> None:
    ending = tuple(senders)
    senders.clear()
    all_ended = _native._stop_senders(ending)
    # This waits for a collector for some seconds, not for ever as a server's stop() does; not
    # for what senders have just been waited for.
    _native._close_gate(5 if all_ended else 0.1)
    for server in tuple(servers):
        server.stop()
