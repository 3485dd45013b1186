"""Decodes a picture in a process of its own, which ends with it.

A decoder takes up to 200 MB and reads what strangers made: its memory is given back, a crash of it
takes nothing along, and it has neither secrets nor time nor room for more.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import threading
from pathlib import Path

import newsletter
from newsletter.domain.errors import InvalidInput
from newsletter.reading.pictures import MOST_BYTES, Picture, read_picture

MOST_MEMORY_BYTES = 1 << 30
MOST_PROCESSOR_S = 20
PATIENCE_S = 60.0
_ONE_AT_A_TIME = threading.Lock()
_ROOT = Path(newsletter.__file__).parent.parent


def read_picture_apart(data: bytes) -> Picture:
    """As `read_picture`. Waits for the picture before it."""
    if len(data) > MOST_BYTES:
        raise InvalidInput(f"It is larger than {MOST_BYTES / 1e6:.0f} MB.")
    command = [sys.executable, "-m", "newsletter.reading.picture_process"]
    environment = {"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        with _ONE_AT_A_TIME:
            done = subprocess.run(  # noqa: S603  ourselves
                command,
                input=data,
                env=environment,
                capture_output=True,
                timeout=PATIENCE_S,
                check=False,
            )
    except subprocess.TimeoutExpired as error:
        raise _refused() from error
    if done.returncode:
        raise _refused()
    return _read_answer(done.stdout)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_PROCESSOR_S, MOST_PROCESSOR_S))
    try:
        parts = _answer(read_picture(sys.stdin.buffer.read()))
    except InvalidInput as error:
        parts = [_line({"message": error.message, "advice": error.advice})]
    sys.stdout.buffer.writelines(parts)


def _answer(picture: Picture) -> list[bytes]:
    """A line of JSON that says how long the parts are, and the parts."""
    head = {
        "extension": picture.extension,
        "width": picture.width,
        "height": picture.height,
        "bytes": len(picture.data),
        "webps": [[width, len(data)] for width, data in picture.webps.items()],
    }
    return [_line(head), picture.data, *picture.webps.values()]


def _line(value: dict[str, object]) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _read_answer(answer: bytes) -> Picture:
    line, _, rest = answer.partition(b"\n")
    head = json.loads(line)
    if "message" in head:
        raise InvalidInput(head["message"], advice=head["advice"])
    data, rest = rest[: head["bytes"]], rest[head["bytes"] :]
    webps = {}
    for width, size in head["webps"]:
        webps[width], rest = rest[:size], rest[size:]
    return Picture(data, head["extension"], head["width"], head["height"], webps)


def _refused() -> InvalidInput:
    return InvalidInput(
        "The picture can't be decoded with the memory and time that one may have.",
        advice="Open it in a picture editor, and save it as a new PNG or JPEG.",
    )


if __name__ == "__main__":
    main()
