"""A webhook's receiver that takes everything."""

from __future__ import annotations

import base64
import secrets
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a worker that ends closes its connections
            super().handle_error(request, client_address)


class Receiver:
    """Answers 204 and counts; what it is sent, it forgets."""

    def __init__(self) -> None:
        self.taken = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                receiver.taken += 1
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="receiver", daemon=True)

    def settings(self) -> dict[str, str]:
        """What a worker that is run by hand is told to post to it."""
        return {
            "JUNE_DELIVERY_WEBHOOK_URL": f"http://127.0.0.1:{self._server.server_port}/",
            "JUNE_DELIVERY_WEBHOOK_ALLOW_PRIVATE_ADDRESSES": "true",
            "JUNE_DELIVERY_WEBHOOK_SIGNING_SECRET_REF_NAME": "from-the-environment",
            "WEBHOOK_SIGNING_KEY": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
        }

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
