"""Cameras on the loopback: pictures over HTTP as MJPEG, each with a way of its own to go wrong.

``Camera(mode)`` is a context manager; its ``url`` is what to read. Each connection gets the mode's answer:
    fine        pictures for as long as somebody reads, ``period_s`` apart
    stalls      as many as ``after``, then nothing more, the connection left open
    drips       as many as ``after``, then a byte now and then
    closes      as many as ``after``, then the end
    silent      the connection is taken, and nothing is ever said
    rubbish     a good head, then bytes that are no pictures, without end
    refuses     401, as for a wrong password
    missing     404
    leads_away  a redirection to a file of the reader's own disk
    picture     one JPEG, as of a camera that gives single pictures
    recording   the file ``recording``, with its length and its ranges
``asked`` holds the first line of each request. Picture number n of a stream shows fire in cell n % 16.
"""

import os
import socketserver
import threading
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import cv2
from toy_models import toy_picture

Mode = Literal[
    "fine",
    "stalls",
    "drips",
    "closes",
    "silent",
    "rubbish",
    "refuses",
    "missing",
    "leads_away",
    "picture",
    "recording",
]
SIDE_PX = 64
_HEADS: dict[str, bytes] = {
    "refuses": b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="camera"\r\nContent-Length: 0\r\n\r\n',
    "missing": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "leads_away": b"HTTP/1.1 302 Found\r\nLocation: file:///etc/hostname\r\nContent-Length: 0\r\n\r\n",
}
_STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=cut\r\n\r\n"
_LONGEST_S = 60.0


def jpeg(number: int) -> bytes:
    """Return picture number n of a stream."""
    ok, encoded = cv2.imencode(".jpg", toy_picture([(1, number % 16)], side_px=SIDE_PX))
    assert ok
    return encoded.tobytes()


class Camera:
    """A camera; see the module's head."""

    def __init__(
        self,
        mode: Mode,
        *,
        after: int = 5,
        period_s: float = 0.02,
        recording: Path | None = None,
    ) -> None:
        self.mode, self.after, self.period_s, self.recording = mode, after, period_s, recording
        self.asked: list[str] = []
        self.ended = threading.Event()
        camera = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                self.request.settimeout(_LONGEST_S)
                try:
                    camera.answer(self.request)
                except OSError:
                    return  # the reader went away

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}/stream"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, connection: "socketserver.socket") -> None:
        """Answer one connection."""
        if self.mode == "silent":
            self.ended.wait(_LONGEST_S)
            return
        request = b""
        while b"\r\n\r\n" not in request and (part := connection.recv(4096)):
            request += part
        self.asked.append(request.split(b"\r\n")[0].decode("latin-1"))
        if self.mode in _HEADS:
            connection.sendall(_HEADS[self.mode])
        elif self.mode == "picture":
            picture = jpeg(0)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}"
            connection.sendall(head.encode() + b"\r\n\r\n" + picture)
        elif self.mode == "recording":
            self._send_recording(connection, request)
        else:
            self._send_stream(connection)

    def _send_stream(self, connection: "socketserver.socket") -> None:
        connection.sendall(_STREAM)
        number = 0
        while not self.ended.wait(self.period_s):
            if self.mode == "stalls" and number == self.after:
                self.ended.wait(_LONGEST_S)
                return
            if self.mode == "closes" and number == self.after:
                return
            if self.mode == "drips" and number >= self.after:
                connection.sendall(b"-")
                continue
            payload = os.urandom(4096) if self.mode == "rubbish" else jpeg(number)
            head = f"--cut\r\nContent-Type: image/jpeg\r\nContent-Length: {len(payload)}\r\n\r\n"
            connection.sendall(
                (b"" if self.mode == "rubbish" else head.encode()) + payload + b"\r\n"
            )
            number += 1

    def _send_recording(self, connection: "socketserver.socket", request: bytes) -> None:
        assert self.recording is not None
        whole = self.recording.read_bytes()
        _, wanted, rest = request.lower().partition(b"range: bytes=")
        start = int(rest.split(b"-")[0]) if wanted else 0
        head = (
            f"HTTP/1.1 206 Partial Content\r\nContent-Type: video/mp4\r\nContent-Length: {len(whole) - start}\r\n"
            f"Accept-Ranges: bytes\r\nContent-Range: bytes {start}-{len(whole) - 1}/{len(whole)}\r\n\r\n"
        )
        connection.sendall(head.encode() + whole[start:])
