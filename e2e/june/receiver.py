"""Where a pipeline sends to, as one HTTP server on loopback: the webhook's receiver and a collector of traces."""

from __future__ import annotations

import gzip
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TRACES = "/v1/traces"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a worker that ends closes its connections
            super().handle_error(request, client_address)


class Receiver:
    """Keeps what it is sent: `posts` are headers and body of each transcript, `traces` the bodies of OTLP requests, decompressed."""

    def __init__(self) -> None:
        self.posts: list[tuple[Mapping[str, str], bytes]] = []
        self.traces: list[bytes] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.path == TRACES:
                    packed = self.headers.get("Content-Encoding") == "gzip"
                    receiver.traces.append(gzip.decompress(body) if packed else body)
                    self._answer(200, "application/x-protobuf")
                else:
                    receiver.posts.append((dict(self.headers), body))
                    self._answer(200, "text/plain")

            def _answer(self, status: int, content_type: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # not on the test's output
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="receiver", daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def settings(self, signing_key: str) -> dict[str, str]:
        """What a worker that is run by hand is told to post to it."""
        return {
            "JUNE_DELIVERY_WEBHOOK_URL": f"{self.url}/transcripts",
            "JUNE_DELIVERY_WEBHOOK_ALLOW_PRIVATE_ADDRESSES": "true",
            "JUNE_DELIVERY_WEBHOOK_SIGNING_SECRET_REF_NAME": "from-the-environment",
            "WEBHOOK_SIGNING_KEY": signing_key,
        }

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
