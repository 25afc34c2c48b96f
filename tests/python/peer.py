# SPDX-License-Identifier: Apache-2.0
"""An HTTP server that answers as it is told and keeps what it was asked."""

import http.server
import threading
from typing import NamedTuple


class Question(NamedTuple):
    method: str
    path: str
    headers: dict
    body: bytes


class Peer:
    """Answers with `status`, `text` and `headers`; all may be changed at any time. `hook` is
    called with each question first."""

    def __init__(self, status=202, text="", headers=()):
        self.status, self.text, self.headers = status, text, headers
        self.hook = lambda question: None
        self.asked = []
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length", 0))
                question = Question(
                    self.command, self.path, dict(self.headers), self.rfile.read(length)
                )
                peer.asked.append(question)
                peer.hook(question)
                text = peer.text.encode()
                self.send_response(peer.status)
                for name, value in peer.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_PUT = do_POST = do_DELETE = do_GET = answer

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # a client that has gone
        self.port = self._server.server_port
        self.address = f"127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
