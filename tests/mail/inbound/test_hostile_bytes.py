"""Any bytes give an answer, and soon."""

import base64
import gzip
import random
import time

import pytest

from newsletter.mail.inbound.feedback import read_feedback
from tests.mail.inbound.samples import complaint, failed, notification, text_report

REPORT = notification(failed("5.1.1", "550 5.1.1 no such user"))
IN_CHINESE = "您的邮件无法投递：\nreader@mx.example\n收件人邮箱不存在"
IN_JAPANESE = "メールを配信できません。\nreader@mx.example\n宛先のアドレスが見つかりませんでした。"


def _encoded(text: str, charset: str, declared: str = "") -> bytes:
    head = text_report("", subject="failure notice").decode().replace("utf-8", declared or charset)
    return head.encode() + text.encode(charset)


def _nested(depth: int) -> bytes:
    message = REPORT
    for level in range(depth):
        head = f'Content-Type: multipart/mixed; boundary="b{level}"\n\n--b{level}\n'
        message = head.encode() + message + f"\n--b{level}--\n".encode()
    return message


ARCHIVE = b"".join(
    (
        b"--==part\r\nContent-Type: application/zip; name=x.zip\r\n",
        b"Content-Transfer-Encoding: base64\r\n\r\n",
        base64.encodebytes(gzip.compress(b"550 5.7.1 blocked " * 1_000_000)),
    )
)
"""Nothing looks into it: unpacked, it says something else."""


@pytest.mark.parametrize(
    "message",
    [
        REPORT.replace(b"\n", b"\r\n"),
        REPORT.replace(b"\n", b"\r"),
        b"From MAILER-DAEMON Thu Jan  1 00:00:00 2026\n" + REPORT,
        b"\n\n" + REPORT,
        base64.encodebytes(REPORT),
        REPORT.decode().encode("utf-16"),
        REPORT.decode().encode("utf-16-le"),
        REPORT.replace(b'; boundary="==part"', b""),
        REPORT.replace(b"--==part--", b""),
        REPORT.replace(b"charset=utf-8", b"charset=klingon"),
        REPORT.replace(b"utf-8", b"rot13"),
        REPORT + b"A" * 30_000_000,
        REPORT.replace(b"--==part--", ARCHIVE + b"--==part--"),
        _nested(40),
    ],
)
def test_a_report_survives_what_happens_to_mail_on_its_way(message: bytes) -> None:
    [feedback], _ = read_feedback(message)
    assert (feedback.recipient, feedback.verdict) == ("reader@mx.example", "hard")


@pytest.mark.parametrize(
    "message",
    [
        _encoded(IN_CHINESE, "gb18030"),
        _encoded(IN_CHINESE, "gb18030", "us-ascii"),
        _encoded(IN_CHINESE, "gb18030", "gb2312"),
        _encoded("投遞失敗：\nreader@mx.example\n無此用戶，地址不存在", "big5"),
        _encoded(IN_JAPANESE, "iso2022_jp"),
        _encoded(IN_JAPANESE, "iso2022_jp", "us-ascii"),
        _encoded(IN_JAPANESE, "shift_jis"),
        _encoded(IN_JAPANESE, "euc_jp"),
    ],
)
def test_the_encodings_of_the_east_are_read(message: bytes) -> None:
    [feedback], _ = read_feedback(message)
    assert (feedback.recipient, feedback.verdict) == ("reader@mx.example", "hard")


@pytest.mark.parametrize("depth", [51, 5000])
def test_what_is_nested_too_deep_is_not_followed(depth: int) -> None:
    assert read_feedback(_nested(depth))[0]


@pytest.mark.parametrize("seed", range(40))
def test_any_bytes_give_an_answer(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    message = bytearray(chance.choice([REPORT, complaint("abuse"), text_report("<a@b.c>: no")]))
    for _ in range(chance.randrange(1, 200)):
        at = chance.randrange(len(message))
        message[at : at + chance.randrange(4)] = chance.randbytes(chance.randrange(4))
    for broken in (bytes(message), bytes(message[:at]), chance.randbytes(2000), b""):
        feedback, _ = read_feedback(broken)
        assert feedback


@pytest.mark.parametrize(
    "unit",
    [
        b"<a@b.example>: no such user\n",
        b"user ",
        b"a@",
        b"(",
        b"=?utf-8?q?x?= ",
        b">",
        b"--x\n",
        b"\\x{41}",
        b"Final-Recipient: rfc822; a@b.example\n\n",
        b"user account recipient \n",
        b"<br",
        b";a=b",
        b"5.1.",
        b"550 ",
    ],
)
def test_time_grows_with_the_size_alone(unit: bytes) -> None:
    """Eight times the size, never sixty-four times the work."""
    for head in (b"Subject: failure notice\nFrom: MAILER-DAEMON@x.example\n\n", b"Subject: "):
        small, large = (_seconds(head + unit * (size // len(unit))) for size in (50_000, 400_000))
        assert large < 24 * small + 0.3


def _seconds(message: bytes) -> float:
    start = time.process_time()
    read_feedback(message)
    return time.process_time() - start
