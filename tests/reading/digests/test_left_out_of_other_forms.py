"""Words and links that are left out are counted against the text itself, whatever its form."""

from __future__ import annotations

from newsletter.domain.checks.left_out import amount_of
from newsletter.reading.digests.digest import parse_digest
from newsletter.reading.digests.html_texts import texts_of_html
from newsletter.reading.digests.left_out import pieces_left_out

PAGE = """<!doctype html>
<html><head><title>News</title><style>p { color: red }</style></head><body>
<nav><a href="/">Home</a> <a href="/about">About us</a></nav>
<h2>Tools</h2>
<ul><li><a href="https://example.org/a"><b>Ropes</b></a> are <em>strong</em></li>
<li><a href="https://example.org/b">Knots</a></li></ul>
<script>var x = "not shown at all";</script>
</body></html>"""


def test_nothing_of_a_page_is_left_out_and_its_menus_are_told() -> None:
    digest = parse_digest(PAGE)
    assert digest.unplaced == ()
    (menu,) = digest.dropped
    assert (menu.line, menu.text) == (3, "Home About us")
    assert "Menus" in menu.why


def test_what_the_conversion_of_a_page_loses_is_counted() -> None:
    digest = parse_digest(PAGE.replace("Knots", "Other things"))
    (piece,) = pieces_left_out(texts_of_html(PAGE.replace("</ul>", LOST)), digest)
    assert "https://example.org/lost" in piece.text
    assert amount_of([piece]) == "1 link and 5 words"


LOST = '<li>Two more words <a href="https://example.org/lost">not here</a></li></ul>'
