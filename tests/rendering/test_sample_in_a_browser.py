"""The sample issue, a Chinese and an Arabic one as they arrive, in Chromium and before axe-core."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from newsletter.config import PROJECT_ROOT
from newsletter.domain.issues.issue import IssueContent, SectionContent
from newsletter.rendering.edition.edition import preview
from newsletter.rendering.edition.views import View, as_seen
from newsletter.usecases.issues.render_digest import read_issue
from tests.rendering.test_in_a_browser import (
    TEXTS,
    show,  # noqa: F401  a fixture
    unreadable,
    without_styles,
)
from tests.support.axe import serious_findings
from tests.support.issues import PROFILE, READER, an_entry, an_issue, rendered
from tests.support.outlook import as_outlook_reads

SAMPLE = PROJECT_ROOT / "samples" / "harbour-digest.md"
CHINESE = """我们把重试全部关掉了。每一层都重试三次，一共有五层，于是糟糕的一天里
一次点击变成了 243 个请求。参见[原文](https://blog.example.com/no-more-retries)。

![清晨的港口](https://pictures.example.org/a.png "清晨的港口")

- 只有最外层可以重试
- 它会把这件事*说出来*

> 重试是替别人的服务器许下的承诺。

```
def retry(times: int) -> None: ...
```
"""
ARABIC = """أوقفنا كل المحاولات المتكررة. كانت كل طبقة تحاول ثلاث مرات، انظر
[المقال الأصلي](https://blog.example.com/no-more-retries).

![الميناء عند الفجر](https://pictures.example.org/a.png "الميناء عند الفجر")

1. الطبقة الخارجية وحدها تعيد المحاولة
2. وهي *تعلن* ذلك

> إعادة المحاولة وعد نقطعه نيابة عن خادم غيرنا.

```
def retry(times: int) -> None: ...
```
"""


def sample() -> IssueContent:
    return replace(read_issue(SAMPLE.read_bytes(), 1_000_000).content, number=12)


def in_sections(title: str, sections: str, entry: str, body: str) -> IssueContent:
    entries = tuple(an_entry(f"{entry} {number}", body) for number in range(1, 6))
    return an_issue(
        title=title,
        subject=title,
        preheader=title,
        intro=title,
        sections=tuple(SectionContent(name, entries) for name in sections.split()),
    )


def page_of(content: IssueContent, language: str) -> str:
    return preview(rendered(content, replace(PROFILE, language=language)), READER)[0]


MAILS = {
    "the sample": page_of(sample(), "en"),
    "a Chinese one": page_of(
        in_sections("港口周刊 第 12 期", "工具 系统 赞助", "关于重试", CHINESE), "zh-Hans"
    ),
    "an Arabic one": page_of(
        in_sections("نشرة الميناء، العدد 12", "أدوات أنظمة إعلان", "عن إعادة المحاولة", ARABIC),
        "ar",
    ),
}
every_mail = pytest.mark.parametrize("name", MAILS)


@every_mail
@pytest.mark.parametrize("view", [View.DESKTOP, View.DARK, View.UNSTYLED])
def test_axe_finds_nothing_serious(show: Any, name: str, view: View) -> None:  # noqa: F811
    page = show(as_seen(MAILS[name], view))
    assert serious_findings(page) == []


@every_mail
def test_nothing_scrolls_sideways_at_any_width(show: Any, name: str) -> None:  # noqa: F811
    for width in (320, 375, 600):
        page = show(MAILS[name], width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


@every_mail
def test_every_text_can_be_read_in_the_light_and_in_the_dark(
    show: Any,  # noqa: F811
    name: str,
) -> None:
    for scheme in ("light", "dark"):
        page = show(MAILS[name], 600, scheme)
        assert len(page.evaluate(TEXTS)) > 40
        assert unreadable(page) == [], scheme


@every_mail
def test_it_is_legible_with_its_style_blocks_removed(show: Any, name: str) -> None:  # noqa: F811
    for width in (320, 600):
        page = show(MAILS[name], width)
        before = page.inner_text("body")
        without_styles(page)
        assert page.inner_text("body").split() == before.split()
        assert unreadable(page) == []
        assert min(size for *_, size in page.evaluate(TEXTS)) >= 13
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_is_asked_for_but_the_pictures_of_an_issue(show: Any) -> None:  # noqa: F811
    assert show(MAILS["the sample"]).asked == []
    page = show(MAILS["a Chinese one"])
    page.wait_for_function("[...document.images].every(image => image.complete)")
    assert set(page.asked) == {"https://pictures.example.org/a.png"}


@every_mail
def test_what_outlook_reads_is_a_layout_of_whole_tables(show: Any, name: str) -> None:  # noqa: F811
    """With its conditional comments opened, as Word opens them."""
    opened = as_outlook_reads(MAILS[name])
    stack: list[str] = []
    for close, tag in re.findall(r"<(/?)(table|tbody|tr|td|th|thead|div)\b", opened):
        if not close:
            stack.append(tag)
        else:
            assert stack, f"</{tag}> has no opening tag"
            assert stack.pop() == tag
    assert stack == []
    page = show(opened)
    assert page.evaluate("document.querySelectorAll('table').length") == opened.count("<table")
    widths = page.locator(".card").evaluate_all("all => all.map(e => e.offsetWidth)")
    assert set(widths) == {600}
