"""The HTTP front of the SageMaker test server: answers and refusals in AWS's JSON protocol, all else from moto."""

import json
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol

_OWN_HEADERS = {"content-length", "transfer-encoding", "connection", "date", "server"}


class Refusal(Exception):
    """An error of the service: its code and message."""


class Api(Protocol):
    """What stands behind the front."""

    def answer(
        self, operation: str, request: dict[str, Any], forward: Any
    ) -> dict[str, Any] | None:
        """Answer an operation of SageMaker, or None to let moto do it."""

    def forward(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Ask moto."""


def handler_of(api: Api) -> type[BaseHTTPRequestHandler]:
    """Make the handler of requests: an operation of SageMaker is asked of the API first, all else of moto."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = dict(self.headers.items())
            status, given, reply = 200, [("Content-Type", "application/x-amz-json-1.1")], b""

            def ask_moto() -> Any:
                code, _, text = api.forward(self.command, self.path, headers, body)
                if code != 200:
                    found = json.loads(text)
                    code_name = str(found.get("__type", "InternalFailure")).rsplit("#", 1)[-1]
                    raise Refusal(code_name, str(found.get("message", found)))
                return json.loads(text)

            service, _, operation = self.headers.get("X-Amz-Target", "").partition(".")
            try:
                told = None
                if service == "SageMaker":
                    told = api.answer(operation, json.loads(body or b"{}"), ask_moto)
                if told is None:
                    status, given, reply = api.forward(self.command, self.path, headers, body)
                else:
                    reply = json.dumps(told).encode()
            except Refusal as refusal:
                code_name, message = refusal.args
                status, reply = 400, json.dumps({"__type": code_name, "message": message}).encode()
            self.send_response(status)
            for name, value in given:
                if name.lower() not in _OWN_HEADERS:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
