"""Links copied from a chat: an entry for each, with what was said about it."""

from __future__ import annotations

import pytest

from newsletter.reading.digests.digest import parse_digest
from tests.support.digests import A, B, C, outline

READ = [
    f"{A} <{A}>",
    "  strong ropes",
    f"Knots, explained <{B}>",
    f"{C} <{C}>",
    "  A winch. Small.",
]
CHATS = {
    "Slack": (
        f"Ann Lee\n  9:14 AM\n{A} – strong ropes\n:+1:\n2\nBo Kent\n  9:20 AM\n"
        f"Knots, explained {B} (edited) \n3 replies\n9:31\n{C}\nA winch. Small.\n"
    ),
    "Slack, with its links, as Markdown": (
        f"**Ann Lee**  [9:14 AM](https://work.example/archives/1)\n\n[{A}]({A}) – strong ropes\n\n"
        f"**Bo**  [9:20 AM](https://work.example/archives/2)\n\nKnots, explained <{B}>\n\n"
        f"[9:31](https://work.example/archives/3)\n<{C}>\nA winch. Small.\n"
    ),
    "WhatsApp": (
        "[12/03/2024, 09:10:00] Ann added Bo\n"
        f"[12/03/2024, 09:14:22] Ann Lee: {A} strong ropes\n"
        f"[12/03/2024, 09:15:01] Bo: Knots, explained\n{B} \u200e<This message was edited>\n"
        f"[12/03/2024, 09:16:40] ~ Cy: {C}\nA winch. Small.\n"
    ),
    "WhatsApp on Android": (
        "12.03.24, 09:10 - Messages and calls are end-to-end encrypted.\n"
        f"12.03.24, 09:14 - Ann Lee: {A} strong ropes\n12.03.24, 09:15 - Bo: <Media omitted>\n"
        f"12.03.24, 09:15 - Bo: Knots, explained {B}\n3/12/24, 9:16 PM - +44 1632 960001: {C}\n"
        "A winch. Small.\n"
    ),
    "Telegram": (
        f"Ann Lee, [12.03.2024 09:14]\n{A}\nstrong ropes\n\nBo, [12.03.2024 09:15]\n"
        f"[Forwarded from Quay]\nKnots, explained {B}\n\nBo, [12 Mar 2024 at 09:19:01]:\n"
        f"{C}\nA winch. Small.\n"
    ),
    "Signal": (
        f"Ann Lee 9:14\n{A} strong ropes\n\nBo 9:20\nKnots, explained:\nEdited\n\n"
        f"Bo 9:21\n{B}\n👍 2\n\nYou 9:31\n{C}\nA winch. Small.\n"
    ),
    "Teams": (
        f"[9:14 AM] Ann Lee\n{A} strong ropes\nlike 2\n\n[9:20 AM] Kent, Bo (Guest)\n"
        f"Knots, explained {B}\nEdited\n\n[Yesterday 9:31 AM] Cy\n{C}\nA winch. Small.\n"
    ),
    "Discord": (
        f"Ann — Today at 9:14 AM\n{A} strong ropes\nBo — 12/03/2024 09:20\n"
        f"Knots, explained {B} (edited)\n👍\n2\nCy — Yesterday at 9:31 AM\n{C}\nA winch. Small.\n"
    ),
    "a chat of programmers": (
        f"[09:14] <ann> {A} strong ropes\n[09:15] <bo> Knots, explained {B}\n"
        f"09:16 <@cy> {C} A winch. Small.\n"
    ),
}


@pytest.mark.parametrize("text", CHATS.values(), ids=CHATS)
def test_each_link_of_a_chat_is_an_entry_with_its_comment(text: str) -> None:
    digest = parse_digest(text)
    assert outline(digest) == READ
    assert digest.unplaced == ()
    assert any("9:14" in piece.text for piece in digest.dropped)


def test_a_message_with_several_links_gives_each_its_own_words() -> None:
    digest = parse_digest(
        f"Bo 9:14\nStrong ropes\n{A}\nTight knots\n{B}\n\nBo 9:20\n{C}\nA winch.\n{A} again\n"
    )
    assert outline(digest) == [
        f"Strong ropes <{A}>",
        f"Tight knots <{B}>",
        f"{C} <{C}>",
        "  A winch.",
        f"{A} <{A}>",
        "  again",
    ]


def test_times_in_a_digest_make_no_chat_of_it() -> None:
    digest = parse_digest(f"## Tuesday\n\n- 09:30 [Ropes]({A})\n- 10:15 [Knots]({B}): tight\n")
    assert outline(digest) == ["# Tuesday", f"09:30 Ropes <{A}>", f"10:15 Knots <{B}>", "  tight"]


def test_titles_of_events_with_a_time_are_no_names() -> None:
    digest = parse_digest(f"Shanty Night 20:00\n{A}\nBring a rope.\n\nKnots for all 18:30\n{B}\n")
    assert outline(digest) == [
        f"Shanty Night 20:00 <{A}>",
        "  Bring a rope.",
        f"Knots for all 18:30 <{B}>",
    ]
