"""A proxy on the loopback that makes each request take longer, as the way to a distant region does.

Rules: bytes pass unchanged; a request begins with the first bytes that a client sends after an answer, and these wait
once; a ``100 Continue`` is no answer, so who asks for leave to send is not slowed twice, though a real way would do
that; connections do not wait for each other.

Usage: ``python -m benchmarks.slow_proxy PORT TARGET_PORT DELAY_S``; it runs until it is stopped by its process id.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Final

HOST: Final = "127.0.0.1"
_PIECE_BYTES: Final = 1 << 16
_LEAVE: Final = b"HTTP/1.1 100 "

Wait = Callable[[], Awaitable[None]]


async def serve(port: int, target_port: int, wait: Wait) -> asyncio.Server:
    """Listen on the loopback.

    Args:
        port: where to listen; 0 takes a free one.
        target_port: the server's port on the loopback.
        wait: awaited before each request is passed on.
    """

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _relay(reader, writer, target_port, wait)
        except OSError:
            pass  # either side went away; both are closed, which is all that the other can be told
        finally:
            writer.close()

    return await asyncio.start_server(relay, HOST, port, backlog=512)


async def _relay(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target_port: int, wait: Wait
) -> None:
    target_reader, target_writer = await asyncio.open_connection(HOST, target_port)
    answered = True

    async def pass_requests() -> None:
        nonlocal answered
        while data := await reader.read(_PIECE_BYTES):
            if answered:
                answered = False
                await wait()
            target_writer.write(data)
            await target_writer.drain()
        target_writer.write_eof()

    async def pass_answers() -> None:
        nonlocal answered
        while data := await target_reader.read(_PIECE_BYTES):
            answered = not data.startswith(_LEAVE)
            writer.write(data)
            await writer.drain()
        writer.close()

    try:
        await asyncio.gather(pass_requests(), pass_answers())
    finally:
        target_writer.close()


async def _main(port: int, target_port: int, delay_s: float) -> None:
    server = await serve(port, target_port, lambda: asyncio.sleep(delay_s))
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
