"""A camera that speaks RTSP on the loopback: JPEG in RTP packets, interleaved with the words over one connection.

``RtspCamera(after=None)`` is a context manager; its ``url`` is what to read. With ``after`` it goes silent after as
many pictures, the connection left open. ``asked`` holds the method of each request, ``transport`` what was wanted.
Source: RFC 2326 (RTSP), RFC 3550 (RTP), RFC 2435 (RTP payload format for JPEG).
"""

import re
import socket
import struct
import threading
from types import TracebackType
from typing import Self

from support.camera_server import SIDE_PX, jpeg

_SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 26\r\na=control:track\r\na=framerate:25\r\n"
)
_PACKET_BYTES = 1200
_CLOCK_HZ = 90_000
_LONGEST_S = 60.0


class RtspCamera:
    """A camera; see the module's head."""

    def __init__(self, *, after: int | None = None, period_s: float = 0.04) -> None:
        self.after, self.period_s = after, period_s
        self.asked: list[str] = []
        self.transport = ""
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_LONGEST_S)
        self.url = f"rtsp://127.0.0.1:{self._listener.getsockname()[1]}/stream"

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._listener.close()

    def _serve(self) -> None:
        try:
            connection, _ = self._listener.accept()
            with connection:
                connection.settimeout(_LONGEST_S)
                self._talk(connection)
        except OSError:
            return  # the reader or the test is done

    def _talk(self, connection: socket.socket) -> None:
        received = b""
        while part := connection.recv(4096):
            received += part
            while b"\r\n\r\n" in received:
                request, _, received = received.partition(b"\r\n\r\n")
                self._answer(connection, request.decode("latin-1"))

    def _answer(self, connection: socket.socket, request: str) -> None:
        method = request.split(" ", 1)[0]
        self.asked.append(method)
        number = re.search(r"(?i)^cseq: *(\d+)", request, re.MULTILINE)
        head = f"RTSP/1.0 200 OK\r\nCSeq: {number[1] if number else 0}\r\nSession: 1\r\n"
        body = ""
        if method == "OPTIONS":
            head += "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
        elif method == "DESCRIBE":
            body = _SDP
            head += f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
        elif method == "SETUP":
            wanted = re.search(r"(?i)^transport: *(.*?)\r?$", request, re.MULTILINE)
            self.transport = wanted[1] if wanted else ""
            head += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
        connection.sendall(f"{head}\r\n{body}".encode())
        if method == "PLAY":
            threading.Thread(target=self._play, args=(connection,), daemon=True).start()

    def _play(self, connection: socket.socket) -> None:
        number = sequence = 0
        try:
            while not self._ended.wait(self.period_s) and number != self.after:
                for packet in _packets(jpeg(number), number, sequence, self.period_s):
                    connection.sendall(b"$\x00" + struct.pack(">H", len(packet)) + packet)
                    sequence += 1
                number += 1
        except OSError:
            return  # the reader went away


def _packets(picture: bytes, number: int, sequence: int, period_s: float) -> list[bytes]:
    """Cut a JPEG of 4:2:0 with the standard Huffman tables into RTP packets."""
    tables, scan = b"", b""
    at = 2
    while not scan:
        marker, length = struct.unpack(">xBH", picture[at : at + 4])
        if marker == 0xDB:  # quantisation tables: each after a byte with its number
            segment = picture[at + 4 : at + 2 + length]
            tables += b"".join(segment[i + 1 : i + 65] for i in range(0, len(segment), 65))
        at += 2 + length
        if marker == 0xDA:
            scan = picture[at:].removesuffix(b"\xff\xd9")
    packets, offset = [], 0
    while offset < len(scan):
        part = scan[offset : offset + _PACKET_BYTES]
        last = offset + len(part) == len(scan)
        rtp = struct.pack(
            ">BBHII",
            0x80,
            26 | last << 7,
            sequence & 0xFFFF,
            round(number * period_s * _CLOCK_HZ) & 0xFFFFFFFF,
            1,
        )
        jpeg_head = struct.pack(">IBBBB", offset, 1, 255, SIDE_PX // 8, SIDE_PX // 8)
        if not offset:
            jpeg_head += struct.pack(">BBH", 0, 0, len(tables)) + tables
        packets.append(rtp + jpeg_head + part)
        offset += len(part)
        sequence += 1
    return packets
