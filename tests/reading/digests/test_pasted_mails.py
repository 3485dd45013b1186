"""What a mail has around its links when it is pasted: cards, a footer, sponsors, its number."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from newsletter.reading.digests.digest import parse_digest
from tests.support.digests import A, B, C, outline

PICTURE = "https://example.org/p.png"


def _beside(title: str, url: str) -> str:
    return (
        f"<tr><td><a href='{url}'><img src='{PICTURE}' alt=''></a></td><td><table><tr><td><h3>"
        f"<a href='{url}'>{title}</a></h3></td></tr><tr><td>It holds.</td></tr><tr><td>"
        f"<a href='{url}'>Read more</a></td></tr></table></td></tr>"
    )


def _in_one_cell(title: str, url: str) -> str:
    return (
        f"<tr><td><a href='{url}'><img src='{PICTURE}' alt=''></a></td><td><a href='{url}'>"
        f"<b>{title}</b></a><br>It holds.<br><a href='{url}'>Read the whole story</a></td></tr>"
    )


def _with_a_button(title: str, url: str) -> str:
    return (
        f"<tr><td><a href='{url}'><img src='{PICTURE}' alt=''></a></td><td><table><tr><td><b>"
        f"{title}</b></td></tr><tr><td>It holds.</td></tr><tr><td><a href='{url}'>Read more</a>"
        "</td></tr></table></td></tr>"
    )


def _with_a_heading(title: str, url: str) -> str:
    return (
        f"<tr><td><a href='{url}'><img src='{PICTURE}' alt=''></a></td><td><h3>{title}</h3>"
        f"<p>It holds.</p><p><a href='{url}'>Read more</a></p></td></tr>"
    )


@pytest.mark.parametrize("card", [_beside, _in_one_cell, _with_a_button, _with_a_heading])
def test_each_card_of_a_mail_is_an_entry(card: Callable[[str, str], str]) -> None:
    digest = parse_digest(
        "<html><body><table width='600'><tr><td><h1>Harbour</h1><p>Hello.</p><table>"
        f"{card('Ropes', A)}{card('Knots', B)}{card('Winch', C)}</table></td></tr></table></body>"
    )
    bodies = [[line.strip() for line in one.markdown.split("\n")] for one in digest.entries]
    assert [(one.title, one.url) for one in digest.entries] == [
        ("Ropes", A),
        ("Knots", B),
        ("Winch", C),
    ]
    assert all("It holds." in body and PICTURE in body[0] for body in bodies)
    assert not any("Read" in line for body in bodies for line in body)
    assert (digest.intro, digest.unplaced, len(digest.dropped)) == ("Hello.", (), 3)


def test_cards_side_by_side_are_entries_one_below_the_other() -> None:
    cells = [f"<td><a href='{url}'>{url[-1]}</a><br>It holds.</td>" for url in (A, B, C)]
    digest = parse_digest(f"<html><table><tr>{cells[0]}{cells[1]}</tr><tr>{cells[2]}</tr></table>")
    assert [one.url for one in digest.entries] == [A, B, C]


def test_cards_in_html_within_markdown_are_entries() -> None:
    cards = "\n\n".join(
        f"<table>\n{_in_one_cell(title, url)}\n</table>"
        for title, url in (("Ropes", A), ("Knots", B))
    )
    digest = parse_digest(
        f"# Harbour\n\nHello.\n\n## News\n\n{cards}\n\n## Tools\n\n- [Winch]({C})"
    )
    shown = [line for line in outline(digest) if not line.startswith("  ")]
    assert [line for line in shown if "example.org" in line or line.startswith("#")] == [
        "# News",
        f"Ropes <{A}>",
        f"Knots <{B}>",
        "# Tools",
        f"Winch <{C}>",
    ]


FOOTERS = {
    "with links": (
        f"\n---\n\nYou receive this because you signed up at [harbour]({C}).\n\n"
        f"[Unsubscribe]({C}) | [View in browser]({C})\n\n"
        "Harbour Ltd, 1 Quay Street, Hull HU1 1AA\n\n"
        f"[Twitter]({C}) · [Mastodon]({C})\n\n© 2026 Harbour\n"
    ),
    "in plain text": (
        f"\n--\nYou are receiving this email because you opted in\nat {C}.\nUnsubscribe: {C}\n"
        f"Update your preferences: {C}\nHarbour Ltd\n1 Quay Street\n"
    ),
    "in German, below pictures that lead to social networks": (
        f"\n[![Facebook]({PICTURE})]({C}) [![LinkedIn]({PICTURE})]({C})\n\n"
        f"Sie erhalten diese Mail, weil Sie angemeldet sind. [Abmelden]({C})\n\n"
        f"Hafen GmbH, Kai 1, 20457 Hamburg\n\n[Impressum]({C}) | [Datenschutz]({C})\n"
    ),
}


@pytest.mark.parametrize("footer", FOOTERS.values(), ids=FOOTERS)
def test_a_footer_is_left_out_and_listed_and_an_outro_stays(footer: str) -> None:
    digest = parse_digest(f"## News\n\n- [Ropes]({A})\n- [Knots]({B})\n\nSee you!\n{footer}")
    assert outline(digest) == ["# News", f"Ropes <{A}>", f"Knots <{B}>", "| See you!"]
    told = [piece.text for piece in digest.dropped]
    assert told == [line.strip() for line in footer.split("\n") if line.strip()]
    assert digest.unplaced == ()


def test_what_only_speaks_of_leaving_a_list_is_no_footer() -> None:
    links = f"- [Ropes]({A})\n- [How to unsubscribe]({B})\n"
    digest = parse_digest(f"[Unsubscribe]({C})\n\n# Harbour\n\n## News\n\n{links}")
    assert [one.url for one in digest.entries] == [A, B]
    assert digest.dropped == ()


@pytest.mark.parametrize(
    "text",
    [
        f"# Harbour\n\nIssue 12 · 5 June 2026\n\nHello.\n\n## News\n\n- [Ropes]({A})\n",
        f"Harbour\nNo. 12 | June 5, 2026\n\nHello.\n\n## News\n\n- [Ropes]({A})\n",
        f"Ausgabe 12\n\n5. Juni 2026\n\n# Harbour\n\nHello.\n\n## News\n\n- [Ropes]({A})\n",
    ],
)
def test_the_number_above_or_below_the_title_is_that_of_the_issue(text: str) -> None:
    digest = parse_digest(text)
    assert digest.front_matter == {"title": "Harbour", "number": "12", "date": "2026-06-05"}
    assert outline(digest) == ["| Hello.", "# News", f"Ropes <{A}>"]


SPONSORS = {
    "a line above all": (
        f"# Harbour\n\nThis week is supported by [Acme]({C})\n\nHi.\n\n## News\n- [Ropes]({A})",
        ["# Sponsor", f"Acme <{C}>", "| Hi.", "# News", f"Ropes <{A}>"],
    ),
    "a paragraph among entries": (
        f"## News\n\n[Ropes]({A})\n\nSponsored by [Acme]({C}): paint.\n\nTry it.\n\n[Knots]({B})",
        [
            "# News",
            f"Ropes <{A}>",
            "# Sponsor",
            f"Acme <{C}>",
            "  paint.\n\nTry it.",
            f"Knots <{B}>",
        ],
    ),
    "a word above a paragraph, and one above a logo": (
        (
            f"[Ropes]({A})\n\nAnzeige\n\n[Farbe]({C}) – gut.\n\n[Knots]({B})\n\n**Partner**\n\n"
            f"[![Acme]({PICTURE})]({C})"
        ),
        [
            f"Ropes <{A}>",
            "# Sponsor",
            f"Farbe <{C}>",
            "  gut.",
            f"Knots <{B}>",
            "# Sponsor",
            f"Acme <{C}>",
            f"  ![Acme]({PICTURE})",
        ],
    ),
    "headings": (
        f"## Sponsor\n\n## [Acme]({C})\n\nPaint.\n\n## [Ropes]({A})\n\n## Sponsor: [Bolt]({B})",
        ["# Sponsor", f"Acme <{C}>", "  Paint.", f"Ropes <{A}>", "# Sponsor", f"Bolt <{B}>"],
    ),
    "plain text": (
        f"Ropes\n{A}\nStrong.\n\nSponsor: Acme\n{C}\nPaint.\n\nKnots\n{B}\nTight.",
        [
            f"Ropes <{A}>",
            "  Strong.",
            "# Sponsor",
            f"Acme <{C}>",
            "  Paint.",
            f"Knots <{B}>",
            "  Tight.",
        ],
    ),
    "a section about partners": (
        f"## News\n\n- [Ropes]({A})\n\n## Partner\n\nWe seek some. See [here]({B}).",
        ["# News", f"Ropes <{A}>", "# Partner", f"| We seek some. See [here]({B})."],
    ),
    "none": (
        f"## News\n\nTogether with Ann, we [mended]({C}) the winch. It holds.\n\n- [Ropes]({A})",
        ["# News", f"| Together with Ann, we [mended]({C}) the winch. It holds.", f"Ropes <{A}>"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), SPONSORS.values(), ids=SPONSORS)
def test_a_sponsor_is_an_entry_of_a_section_marked_as_sponsored(
    text: str, expected: list[str]
) -> None:
    digest = parse_digest(text)
    assert outline(digest) == expected
    assert digest.unplaced == ()
