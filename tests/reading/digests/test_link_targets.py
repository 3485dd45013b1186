"""Where links lead: what a mail can't link to is dropped and told, and its text stays."""

from __future__ import annotations

import pytest

from newsletter.domain.issues.digests import Digest
from newsletter.reading.digests.block_markdown import issue_content
from newsletter.reading.digests.digest import parse_digest

A = "https://example.org/a"
WWW = "https://www.example.org/a"


def whys(digest: Digest) -> list[str]:
    return [piece.why for piece in digest.dropped if piece.why]


@pytest.mark.parametrize(
    "address",
    [
        "irc://irc.libera.chat/x",
        "data:text/html,hello",
        "file:///etc/hosts",
        "#anchor",
        "ftp://example.org/a",
        "about:blank",
        "https://",
        "mailto:",
        f"https://example.org/{'a' * 2_000}",
    ],
)
def test_an_entry_is_kept_without_a_link_that_no_mail_can_hold(address: str) -> None:
    digest = parse_digest(f"# News\n\n## [Ropes](<{address}>)\n\nStrong ones.\n\n## [Knots]({A})\n")
    ropes, knots = digest.entries
    assert (ropes.title, ropes.url, ropes.markdown) == ("Ropes", "", "Strong ones.")
    assert knots.url == A
    (piece,) = (piece for piece in digest.dropped if piece.why)
    assert piece.line == 3
    assert piece.text == address[:500]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Ask [our channel](irc://irc.libera.chat/x) now.", "Ask our channel now."),
        ("Ask <irc://irc.libera.chat/x> now.", "Ask irc://irc.libera.chat/x now."),
        ("Ask [us][r] now.\n\n[r]: irc://irc.libera.chat/x", "Ask us now."),
        ("See [above](#top) and `[so](#code)`.", "See above and `[so](#code)`."),
        ("A ![rope](data:image/png;base64,AAAA) here.", "A rope here."),
        ("See [![rope](img/r.png)](#top).", "See rope."),
        ("See [a page](page.html 'hint').", "See a page."),
    ],
)
def test_within_a_text_the_words_of_such_a_link_stay(written: str, kept: str) -> None:
    digest = parse_digest(f"## [Ropes]({A})\n\n{written}\n\n## [Knots]({A}/b)\n")
    assert digest.entries[0].markdown.strip() == kept
    assert whys(digest)


def test_code_keeps_whatever_it_says() -> None:
    code = "```\n[x](irc://a) <irc://b>\n```"
    digest = parse_digest(f"## [Ropes]({A})\n\n{code}\n")
    assert digest.entries[0].markdown == code
    assert digest.dropped == ()


def test_without_a_base_address_a_relative_link_is_a_finding_that_says_what_to_set() -> None:
    digest = parse_digest("- [Ropes](/ropes) – strong\n- [Knots](https://example.org/k)\n")
    assert [(entry.title, entry.url) for entry in digest.entries] == [
        ("Ropes", ""),
        ("Knots", "https://example.org/k"),
    ]
    (why,) = whys(digest)
    assert "base address" in why
    assert "/ropes" in why


@pytest.mark.parametrize(
    ("target", "complete"),
    [
        ("/ropes", "https://news.example.org/ropes"),
        ("ropes.html#two", "https://news.example.org/12/ropes.html#two"),
        ("../img/r.png", "https://news.example.org/img/r.png"),
        ("//cdn.example.org/r.png", "https://cdn.example.org/r.png"),
        ("www.example.org/r", "https://www.example.org/r"),
    ],
)
def test_a_base_address_completes_links_and_pictures_in_every_place(
    target: str, complete: str
) -> None:
    digest = parse_digest(
        f"Hello [you]({target}).\n\n## [Ropes]({target})\n\n[a]({target}) ![b]({target}) [c][c]\n\n"
        f"[c]: {target}\n",
        base_url="https://news.example.org/12/",
    )
    (ropes,) = digest.entries
    assert (ropes.url, whys(digest)) == (complete, [])
    assert ropes.sources == (complete.split("/")[2].removeprefix("www."),)
    assert ropes.markdown.count(complete) == 3
    assert complete in digest.intro


@pytest.mark.parametrize(
    ("written", "url"),
    [
        (f"<{A}>.", A),
        (f"({A})", A),
        (f'"{A}"', A),
        (f"“{A}”", A),
        (f"'{A}'", A),
        (f"«{A}»", A),
        (f"「{A}」", A),
        (f"（{A}）。", A),
        (f"《{A}》", A),
        (f"{A}_(b)", f"{A}_(b)"),
        (f"({A}_(b)).", f"{A}_(b)"),
        (f"{A}。", A),
        (f"{A}，", A),
        (f"{A}…", A),
        (f"{A}?!", A),
        (f"**{A}**", A),
        ("www.example.org/a.", WWW),
        ("<www.example.org/a>.", WWW),
        ("(www.example.org/a)", WWW),
    ],
)
@pytest.mark.parametrize(
    "form",
    ["- Ropes: {}\n- Knots: {}b\n", "Ropes\n{}\n", "## Ropes\n{}\n", "Ropes\n\n{}\n\nText.\n"],
)
def test_what_stands_around_an_address_is_not_in_it(form: str, written: str, url: str) -> None:
    first = parse_digest(f"# News\n\n{form.replace('{}', written)}").entries[0]
    assert (first.title, first.url) == ("Ropes", url)


@pytest.mark.parametrize(
    ("written", "rest"), [(f"{A}'s page", "'s page"), (f"{A}’s", "’s"), (f"{A}。好的", "。好的")]
)
def test_words_right_behind_an_address_are_kept_but_not_in_it(written: str, rest: str) -> None:
    (entry,) = parse_digest(f"# News\n\n- Ropes: {written}\n").entries
    assert (entry.title, entry.url, entry.markdown) == ("Ropes", A, rest)


def test_a_text_of_many_links_that_go_nowhere_is_read_in_one_pass() -> None:
    text = "# News\n\n" + "".join(f"- [R{at}](/r{at}) [x](#{at})\n" for at in range(3_000))
    digest = parse_digest(text)
    assert len(whys(digest)) == 6_000
    assert digest.dropped[-1].line == 3_002


def test_what_we_wrote_keeps_a_source_as_it_was_typed() -> None:
    text = '---\nentries: "headings"\n---\n\n### Ropes\n\nwww.example.org/a\n\nText.\n'
    (entry,) = issue_content(parse_digest(text)).entries
    assert (entry.url, entry.sources) == ("", ("www.example.org/a",))
