"""Bytes into replies, however a server cuts, pads or spoils them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain.delivery.smtp_replies import Reply
from newsletter.mail.smtp.replies import MAX_LINE_BYTES, MAX_LINES, NotSmtp, ReplyParser


def replies_in(data: bytes) -> list[Reply]:
    parser = ReplyParser()
    parser.feed(data)
    return list(iter(parser.next_reply, None))


@pytest.mark.parametrize(
    ("data", "reply"),
    [
        (b"250 Ok\r\n", Reply(250, "Ok")),
        (b"250\r\n", Reply(250, "")),
        (b"250 \r\n", Reply(250, "")),
        (b"250 2.1.0 Ok\r\n", Reply(250, "Ok", "2.1.0")),
        (b"250 2.1.0\r\n", Reply(250, "", "2.1.0")),
        (b"550-5.1.1 One\r\n550 5.1.1 Two\r\n", Reply(550, "One\nTwo", "5.1.1")),
        (b"550-One\r\n550 5.1.1 Two\r\n", Reply(550, "One\nTwo", "5.1.1")),
        (b"250-\r\n250 SIZE 5\r\n", Reply(250, "\nSIZE 5")),
        (b"421 bare line feed\n", Reply(421, "bare line feed")),
        (b"550 4.2.1 classes disagree\r\n", Reply(550, "4.2.1 classes disagree")),
        (b"220 10.2.3.4 an address is no code\r\n", Reply(220, "10.2.3.4 an address is no code")),
        (b"250-one\r\n550 the last line counts\r\n", Reply(550, "one\nthe last line counts")),
    ],
)
def test_a_reply_is_read(data: bytes, reply: Reply) -> None:
    assert replies_in(data) == [reply]


def test_several_replies_in_one_packet_come_one_after_the_other() -> None:
    codes = [reply.code for reply in replies_in(b"250 a\r\n550-b\r\n550 c\r\n354 d\r\n25")]
    assert codes == [250, 550, 354]


@given(st.lists(st.integers(min_value=0, max_value=40), max_size=10))
def test_it_does_not_matter_where_packets_are_cut(cuts: list[int]) -> None:
    data = b"550-5.1.1 One\r\n550 5.1.1 Two\r\n250 Ok\r\n"
    parser, found, start = ReplyParser(), [], 0
    for end in [*sorted(cuts), len(data)]:
        parser.feed(data[start:end])
        found += list(iter(parser.next_reply, None))
        start = end
    assert found == [Reply(550, "One\nTwo", "5.1.1"), Reply(250, "Ok")]


def test_8_bit_text_is_shown_as_well_as_can_be() -> None:
    assert replies_in("550 Für Sie nicht\r\n".encode())[0].text == "Für Sie nicht"
    assert replies_in(b"550 F\xfcr\r\n")[0].text == "F\ufffdr"


def test_control_characters_do_not_reach_a_database_or_a_terminal() -> None:
    assert replies_in(b"550 \x00\x1b[31mred\x7f\r\n")[0].text == "\ufffd\ufffd[31mred\ufffd"


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
        b"\x15\x03\x01\x00\x02\x02\x28",
        b"2500 Ok\r\n",
        b"25 Ok\r\n",
        b"190 Ok\r\n",
        b"666 Ok\r\n",
        b"\r\n",
        b"250-a\r\nrubbish\r\n",
        "٢٥٠ Ok\r\n".encode(),
    ],
)
def test_bytes_that_are_not_a_reply_are_reported_at_once(data: bytes) -> None:
    with pytest.raises(NotSmtp):
        replies_in(data)


def test_an_over_long_line_is_cut_and_the_next_reply_is_read() -> None:
    long, after = replies_in(b"250 " + b"x" * 1_000_000 + b"\r\n221 Bye\r\n")
    assert len(long.text) <= MAX_LINE_BYTES
    assert after == Reply(221, "Bye")


def test_an_over_long_line_in_packets_takes_no_more_memory_than_it_may() -> None:
    parser = ReplyParser()
    for _ in range(1_000):
        parser.feed(b"250 " + b"x" * 996)
        assert parser.next_reply() is None
        assert len(parser._open) <= MAX_LINE_BYTES
    parser.feed(b"\r\n")
    reply = parser.next_reply()
    assert reply is not None
    assert reply.code == 250


def test_of_very_many_lines_the_first_and_the_last_are_kept() -> None:
    (reply,) = replies_in(b"250-line\r\n" * 10_000 + b"550 5.1.1 end\r\n")
    assert (reply.code, reply.enhanced) == (550, "5.1.1")
    assert reply.text.count("\n") == MAX_LINES


def test_a_reply_without_an_end_is_none() -> None:
    with pytest.raises(NotSmtp, match="unfinished reply"):
        replies_in(b"250-line\r\n" * 500_000)
    with pytest.raises(NotSmtp, match="unfinished reply"):
        replies_in(b"250 " + b"x" * 5_000_000)


def test_left_over_bytes_are_known() -> None:
    parser = ReplyParser()
    parser.feed(b"220 Go\r\n250 injected\r\n")
    parser.next_reply()
    assert parser.has_more
