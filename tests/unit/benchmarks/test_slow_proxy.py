"""The slow proxy passes bytes unchanged and lets each request wait once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.slow_proxy import HOST, serve

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[Any]]


def waits_of(*talks: Talk) -> int:
    """Let clients talk at once through a proxy to a server that answers each line in capitals; count the waits."""
    waits = 0

    async def wait() -> None:
        nonlocal waits
        waits += 1

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line.upper())
            await writer.drain()
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(answer, HOST, 0)
        proxy = await serve(0, server.sockets[0].getsockname()[1], wait)
        port = proxy.sockets[0].getsockname()[1]

        async def client(talk: Talk) -> None:
            reader, writer = await asyncio.open_connection(HOST, port)
            await talk(reader, writer)
            writer.close()

        async with server, proxy:
            await asyncio.wait_for(asyncio.gather(*map(client, talks)), 20)

    asyncio.run(run())
    return waits


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes) -> None:
    writer.write(line)
    assert await reader.readline() == line.upper()


def test_silence_does_not_wait() -> None:
    """A connection on which nothing is asked costs nothing."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write_eof()
        assert await reader.read() == b""

    assert waits_of(talk) == 0


def test_each_request_waits_once() -> None:
    """Of requests one after another on one connection each waits, however long it is."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for line in (b"a\n", b"b" * 300 + b"\n", b"c" * 60_000 + b"\n"):
            await _ask(reader, writer, line)

    assert waits_of(talk) == 3


def test_a_request_in_pieces_waits_once() -> None:
    """What belongs to one request is not slowed again."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in (b"a", b"b", b"c"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        writer.write(b"\n")
        assert await reader.readline() == b"ABC\n"

    assert waits_of(talk) == 1


def test_leave_to_send_is_not_an_answer() -> None:
    """What is sent after ``100 Continue`` belongs to the request that asked; the next request waits again."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for line in (b"http/1.1 100 continue\n", b"body\n", b"next\n"):
            await _ask(reader, writer, line)

    assert waits_of(talk) == 2


def test_connections_do_not_mix() -> None:
    """Many connections at once each get their own answers."""

    def talker(number: int) -> Talk:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for turn in range(3):
                await _ask(reader, writer, b"client %d turn %d\n" % (number, turn))

        return talk

    assert waits_of(*[talker(number) for number in range(40)]) == 120
