"""Digests in AsciiDoc."""

from __future__ import annotations

from newsletter.reading.digests.digest import parse_digest

A, B = "https://example.org/a", "https://example.org/b"
DIGEST = f"""= Harbour Notes
Ann Bell
2026-03-01
:jbake-type: post

ifdef::env-github[:outfilesuffix: .adoc]

Hello, *all* of you.

== News

* {A}[Ropes] - strong
** hemp
* link:{B}[Knots^] - tight

[source,sh]
----
tie link:{B}[it]
----

image::{A}.png[A rope]
"""


def test_its_headings_lists_links_pictures_and_code_are_read() -> None:
    digest = parse_digest(DIGEST)
    assert (digest.title, digest.front_matter["date"]) == ("Harbour Notes", "2026-03-01")
    assert digest.intro == "Hello, **all** of you."
    assert [(entry.title, entry.url) for entry in digest.entries] == [("Ropes", A), ("Knots", B)]
    assert [entry.line for entry in digest.entries] == [12, 14]
    assert digest.entries[0].markdown == "strong\n\n- hemp"
    tail = digest.sections[-1].intro
    assert f"```sh\ntie link:{B}[it]\n```" in tail
    assert f"![A rope](<{A}.png>)" in tail
    assert [piece.line for piece in digest.dropped] == [4, 6]


def test_its_file_name_says_what_it_is() -> None:
    digest = parse_digest(f"* {A}[Ropes]\n", file_name="12.adoc")
    assert [(entry.title, entry.url) for entry in digest.entries] == [("Ropes", A)]
