"""An endpoint on this machine: GET /ping and POST /invocations, answered by SageMaker's own inference toolkit.

    python -m safety_tasks.serve.local_app MODEL_FOLDER [--port 0]

Rules: it listens on the loopback alone; the toolkit's handler service loads ``code/inference.py`` of the model's folder
and the copy of this package beside it, as in the container; one request at a time, as one worker of the model server;
a body that the service itself would refuse is not read.
Source: aws/sagemaker-inference-toolkit 1.10.1; awslabs/multi-model-server, "Custom Service".
"""

import argparse
import sys
import threading
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

MAX_BODY_BYTES: Final = 6_291_456
_REQUEST_S: Final = 60.0


class Request:
    """What the model server tells of a request, and what the service sets of its answer."""

    def __init__(self, properties: dict[str, str]) -> None:
        self.properties = properties
        self.status, self.phrase, self.content_type = 200, "OK", "application/json"

    def get_request_properties(self) -> dict[str, str]:
        """Return the headers."""
        return self.properties


class Context:
    """The model server's context: one for the service, with the request that is being answered."""

    def __init__(self, model_dir: str) -> None:
        self.system_properties = {"model_dir": model_dir}
        self.request_processor: list[Request] = []

    def set_response_status(self, code: int = 200, phrase: str = "", idx: int = 0) -> None:
        """Set the answer's status."""
        self.request_processor[idx].status, self.request_processor[idx].phrase = code, phrase

    def set_response_content_type(self, idx: int, value: str) -> None:
        """Set the answer's type."""
        self.request_processor[idx].content_type = value


class LocalEndpoint:
    """A model's folder behind the toolkit.

    Args:
        model_dir: the unpacked archive.
    """

    def __init__(self, model_dir: Path) -> None:
        # Imported here: only the toolkits' own environment has it.
        from sagemaker_inference.default_handler_service import (  # type: ignore[import-not-found]
            DefaultHandlerService,
        )

        code = model_dir.resolve() / "code"
        sys.path.insert(0, str(code))
        # The model brings its own copy of this package; that which started this program must not stand in for it.
        for name in [each for each in sys.modules if each.partition(".")[0] == "safety_tasks"]:
            del sys.modules[name]
        self._context, self._lock = Context(str(model_dir.resolve())), threading.Lock()
        self._service: Any = DefaultHandlerService()
        self._service.initialize(self._context)

    def answer(self, body: bytes, headers: dict[str, str]) -> tuple[Request, bytes]:
        """Answer a request."""
        request = Request(headers)
        with self._lock:
            self._context.request_processor = [request]
            (reply,) = self._service.handle([{"body": bytearray(body)}], self._context)
        return request, reply.encode() if isinstance(reply, str) else bytes(reply)


def make_server(endpoint: LocalEndpoint, port: int = 0) -> ThreadingHTTPServer:
    """Return a server on the loopback; port 0 takes a free one."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = _REQUEST_S

        def do_GET(self) -> None:
            known = self.path == "/ping"
            self._send(200 if known else 404, b"" if known else b"expected /ping")

        def do_POST(self) -> None:
            if self.path != "/invocations":
                return self._refuse(404, "expected /invocations")
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal():
                return self._refuse(411, "expected a Content-Length")
            if int(length) > MAX_BODY_BYTES:
                return self._refuse(413, f"expected at most {MAX_BODY_BYTES} bytes, found {length}")
            headers = dict(self.headers.items())
            request, reply = endpoint.answer(self.rfile.read(int(length)), headers)
            self._send(request.status, reply, request.content_type, request.phrase)

        def _refuse(self, status: int, message: str) -> None:
            self.close_connection = True  # the body is not read
            self._send(status, message.encode(), "text/plain")

        def _send(
            self, status: int, body: bytes, kind: str = "text/plain", phrase: str = ""
        ) -> None:
            shown = phrase if phrase.isascii() and phrase.isprintable() else ""
            self.send_response(status, shown or HTTPStatus(status).phrase)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: a line a request is the service's own business."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until interrupted; the first line says where."""
    parser = argparse.ArgumentParser(description="Run an unpacked model.tar.gz as an endpoint.")
    parser.add_argument("model_dir", type=Path)
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args(arguments)
    server = make_server(LocalEndpoint(given.model_dir), given.port)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
