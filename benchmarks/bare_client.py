"""The least that a pipelined client has to do: one made message, again and again."""

from __future__ import annotations

import asyncio

LINE = b"x" * 76 + b"\r\n"
ENVELOPE = b"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"


async def send(port: int, connections: int, size: int, messages: int) -> None:
    """`messages` in all, over `connections` to this machine."""
    body = LINE * (size // len(LINE)) + b".\r\n"
    shares = [messages // connections] * connections
    shares[0] += messages % connections
    await asyncio.gather(*(_send_share(port, body, share) for share in shares))


async def _send_share(port: int, body: bytes, messages: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    writer.write(b"EHLO client.test\r\n" + ENVELOPE)
    while not (await reader.readline()).startswith(b"250 "):
        pass
    for left in range(messages, 0, -1):
        await _until(reader, b"354")
        writer.write(body + (ENVELOPE if left > 1 else b""))
        await _until(reader, b"250")
    writer.close()


async def _until(reader: asyncio.StreamReader, code: bytes) -> None:
    """The answer to DATA (354), or to the dot (the next 250)."""
    while not (line := await reader.readline()).startswith(code):
        if not line:
            raise ConnectionError("the sink has hung up")
