"""Whatever an editor types, the checks answer: they stand before sending, so none may fall."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.config import Settings
from newsletter.domain.web_addresses import canonical_url, is_public_address, without_tracking
from newsletter.usecases.checks.check_written import Memory, check_written
from newsletter.usecases.issues.render_issue import WrittenIssue
from tests.support.issues import PROFILE, an_entry, an_issue

HERE = Settings(public_url="https://news.example.org")
NOW = datetime(2026, 11, 23, tzinfo=UTC)
PIECES = st.sampled_from(
    (
        "<script>|</td></tr></table>|{{ name }}|{{ nmae|x }}|\\{{ x }}|`{{ a }}`|[here](|![](|"
        "](https://e.org/?utm_x=1)|](http://[::1)|](https://e.org/a.webp)|](data:x)|<!--|-->|"
        "<http://e.org:99999/>|https://例え.jp/ü?q=ä|# |#### |\n|\n\n|> |- |    |```|~~~|*|_|"
        "---|&#0;|&amp;|]]>|<style>|style=|\u202e|\u200d|\x00|\x0b|\ud800|😀|中文|كتاب|{{|}}|"
        "attribute.|\"|'|\\|é > ü|javascript:x|https://127.0.0.1/|//e.org|https://e.org:abc/"
    ).split("|")
)
TEXTS = st.lists(PIECES | st.text(max_size=8), max_size=25).map("".join)
LINES = TEXTS.map(lambda text: " ".join(text.split()))
URLS = st.sampled_from(["", "https://e.org/x", "http://[::1", "https://e.org:99999/"]) | LINES


@settings(max_examples=60)
@given(body=TEXTS, intro=TEXTS, subject=LINES, preheader=LINES, title=LINES, url=URLS)
def test_any_issue_is_checked(  # noqa: PLR0913, PLR0917  each is typed by somebody
    body: str, intro: str, subject: str, preheader: str, title: str, url: str
) -> None:
    entry = an_entry(title or "T", body=body, url=url)
    content = an_issue(entry, intro=intro, subject=subject, preheader=preheader)
    checked = check_written(HERE, WrittenIssue(content, PROFILE), NOW, lambda _: Memory())
    assert all(finding.message and finding.place.label for finding in checked.findings)


@given(url=TEXTS | st.text().map("https://".__add__))
def test_any_address_is_read(url: str) -> None:
    canonical = canonical_url(url)
    assert canonical_url(canonical) == canonical
    without_tracking(url)
    is_public_address(url)
