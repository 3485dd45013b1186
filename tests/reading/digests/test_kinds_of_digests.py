"""Digests of every kind that editors bring: the entries, sections and links that each gives."""

from __future__ import annotations

import pytest

from newsletter.reading.digests.digest import parse_digest
from tests.support.digests import A, B, C, outline

KINDS = {
    "one third-level heading among second-level ones": (
        f"## News\n\n- [Ropes]({A})\n\n### Late\n\n- [Knots]({B})\n\n## Tools\n\n- [Winch]({C})",
        ["# News", f"Ropes <{A}>", "# Late", f"Knots <{B}>", "# Tools", f"Winch <{C}>"],
    ),
    "one linked bullet among prose": (
        f"## News\n\nA quiet week.\n\n- [Ropes]({A})\n\n## Weather\n\nRain, and more rain.",
        ["# News", "| A quiet week.", f"Ropes <{A}>", "# Weather", "| Rain, and more rain."],
    ),
    "bullets led by words and by an emoji": (
        f"## News\n\n- Ann wrote [Ropes]({A})\n- 🔧 [Winch]({B})\n- [video] [Knots]({C}) by Cy",
        ["# News", f"Ann wrote Ropes <{A}>", f"🔧 Winch <{B}>", f"[video] Knots <{C}>", "  by Cy"],
    ),
    "first-level headings alone": (
        f"# Harbour 12\n\n# News\n\n- [Ropes]({A})\n\n# Tools\n\n- [Winch]({B})",
        ["# News", f"Ropes <{A}>", "# Tools", f"Winch <{B}>"],
    ),
    "first-level headings that are links": (
        f"# [Ropes]({A})\n\nStrong.\n\n# [Knots]({B})\n\nTight.",
        [f"Ropes <{A}>", "  Strong.", f"Knots <{B}>", "  Tight."],
    ),
    "a lone address below a line": (
        f"# Harbour\n\n## News\n\nAll about ropes\n\n{A}\n\n## Tools\n\n- [Winch]({B})",
        ["# News", f"All about ropes <{A}>", "# Tools", f"Winch <{B}>"],
    ),
    "an address on the line below each title": (
        f"## News\n\nAll about ropes\n{A}\nThey are strong.\n\nAll about knots\n{B}",
        ["# News", f"All about ropes <{A}>", "  They are strong.", f"All about knots <{B}>"],
    ),
    "a line that ends in an address in brackets and a full stop": (
        f"## News\n\n- Ropes: <{A}>.\n- Knots: {B}, again.",
        ["# News", f"Ropes <{A}>", f"Knots <{B}>", "  again."],
    ),
    "paragraphs that begin with a link, without headings": (
        f"Good morning.\n\n[Ropes]({A}) — strong ones.\n\n[Knots]({B}) — tight ones.",
        ["| Good morning.", f"Ropes <{A}>", "  strong ones.", f"Knots <{B}>", "  tight ones."],
    ),
    "lines of one paragraph that begin with links": (
        f"## News\n\n🔹[Ropes]({A})：strong\n🔹[Knots]({B})：tight",
        ["# News", f"🔹Ropes <{A}>", "  strong", f"🔹Knots <{B}>", "  tight"],
    ),
    "bold titles above lists": (
        f"Hello.\n\n**News**\n\n* [Ropes]({A})\n\n✅ **Tools**\n\n* [Winch]({B})",
        ["| Hello.", "# News", f"Ropes <{A}>", "# ✅ Tools", f"Winch <{B}>"],
    ),
    "a short line above a list": (
        f"Reading:\n\n- [Ropes]({A})\n- [Knots]({B})",
        ["# Reading", f"Ropes <{A}>", f"Knots <{B}>"],
    ),
    "items that end in their address": (
        (
            f"## News\n\n- Ann has written a long and careful guide to ropes of every age: <{A}>\n"
            f"- *Winch* runs on wind now, read the announcement: {B}"
        ),
        [
            "# News",
            f"Ann has written a long and careful guide to ropes of every age <{A}>",
            f"Winch runs on wind now, read the announcement <{B}>",
        ],
    ),
    "a long item that ends in its address": (
        f"- Ann (@ann) has begun a series on ropes. {'It is good. ' * 12}See: <{A}>\n- Rain.",
        [
            f"Ann (@ann) has begun a series on ropes. <{A}>",
            f"  {'It is good. ' * 12}See:",
            "| - Rain.",
        ],
    ),
    "items behind a day in brackets": (
        (
            f"## 港\n- （公開日：2025/04/16、閲覧日：2025/04/17）[縄]({A})\n\n"
            f"## 結び\n- （公開日：2025/04/16、閲覧日：2025/04/17）[結び目]({B})"
        ),
        [
            "# 港",
            f"（公開日：2025/04/16、閲覧日：2025/04/17）縄 <{A}>",
            "# 結び",
            f"（公開日：2025/04/16、閲覧日：2025/04/17）結び目 <{B}>",
        ],
    ),
    "bold headings with a number": (
        f"### **1. [Ropes]({A})**\n\nStrong.\n\n### **2. Knots**\n\n[Cy ties them]({B}). Tight.",
        [f"1. Ropes <{A}>", "  Strong.", f"2. Knots <{B}>", f"  [Cy ties them]({B}). Tight."],
    ),
    "addresses in marks of style": (
        (
            f'#### Ropes\n\n<span style="color: blue!80"><{A}></span>\n\n'
            f'<span style="color: grey"><{B}></span>\n\n#### Knots\n\n<span class=x><{C}></span>'
        ),
        [f"Ropes <{A}>", f"  <{B}>", f"Knots <{C}>"],
    ),
    "a linked picture above the entry that it belongs to": (
        (
            f"[Hemp]({C}) is old.\n\n[![A rope](https://example.org/r.png)]({A})\n\n"
            f"[**Ropes**]({A}) — strong.\n\n[![](https://example.org/k.png)]({C})"
        ),
        [
            f"Hemp <{C}>",
            "  is old.",
            f"Ropes <{A}>",
            (
                f"  [![A rope](https://example.org/r.png)]({A})\n\nstrong.\n\n"
                f"[![](https://example.org/k.png)]({C})"
            ),
        ],
    ),
    "links and pictures of HTML within a paragraph": (
        (
            f'<a href="{A}"><img src="https://example.org/r.png" alt="A rope"></a>\n\n'
            f'## News\n\n<a href="{A}"><b>Ropes</b></a> — strong. `<a href="x">`\n'
        ),
        [
            f"| [![A rope](<https://example.org/r.png>)](<{A}>)",
            "# News",
            f"Ropes <{A}>",
            '  strong. `<a href="x">`',
        ],
    ),
    "a row of links behind a label": (
        f"Also as: [PDF]({A}) / [HTML]({B})\n\n# Harbour 12\n\n## News\n\n- [Ropes]({C})",
        [f"| Also as: [PDF]({A}) / [HTML]({B})", "# News", f"Ropes <{C}>"],
    ),
    "a pointer to more below a list": (
        f"## News\n\n- [Ropes]({A})\n- [Knots]({B})\n\nSee more in [the forum]({C}).",
        ["# News", f"Ropes <{A}>", f"Knots <{B}>", f"| See more in [the forum]({C})."],
    ),
    "plain mail with titles above addresses in brackets": (
        (
            f"THE ROPE\n( {A} ) — It took ten years.\nANN LEE\n\n-----------\n\n"
            f"A WINCH\n( {B} ) — Small.\n\nIN BRIEF:\n\n* Knots ( {C} ) are out."
        ),
        [
            f"THE ROPE <{A}>",
            "  It took ten years.\nANN LEE",
            f"A WINCH <{B}>",
            "  Small.",
            "# IN BRIEF",
            f"Knots are out <{C}>",
        ],
    ),
    "plain mail with notes below a rule, and emoji above its sections": (
        (
            "🔧\nTOOLS\n\n WINCH (4 MINUTE READ) [1]\n\n It is small.\n\n"
            f"⚡\nQUICK\n\n KNOTS [2]\n\n Tight.\n\nLinks:\n------\n[1] {A}\n[2] {B}"
        ),
        [
            "| 🔧",
            "# TOOLS",
            f"WINCH (4 MINUTE READ) <{A}>",
            "   It is small.\n\n⚡",
            "# QUICK",
            f"KNOTS <{B}>",
            "   Tight.",
        ],
    ),
    "plain mail with a title, and sections on the line above their entries": (
        (
            f"Links\n\n🔥 Hot\n👉 Ropes — strong\n{A}\n👉 Knots\n{B}\n\n"
            f"🧰 Tools\n👉 A winch in a hundred lines {C}\n👉 Bowline ({B})"
        ),
        [
            "# 🔥 Hot",
            f"👉 Ropes — strong <{A}>",
            f"👉 Knots <{B}>",
            "# 🧰 Tools",
            f"👉 A winch in a hundred lines <{C}>",
            f"👉 Bowline <{B}>",
        ],
    ),
    "paragraphs that end in their source": (
        (
            f"## News\n\nA winch that runs on wind - [Harbour News.]({A})\n\n"
            f"The long survey of sailors of every age is out: {B}"
        ),
        [
            "# News",
            f"A winch that runs on wind <{A}>",
            f"  [Harbour News.](<{A}>)",
            f"The long survey of sailors of every age is out <{B}>",
        ],
    ),
    "linked headings above lists of links": (
        (
            f"# Harbour\n\n## [Week 2]({C})\n\n1. [Ropes]({A})\n2. [Knots]({B})\n\n"
            f"## [Week 1]({C})\n\n1. [Winch]({B})"
        ),
        [
            "# Week 2",
            f"| [Week 2](<{C}>)",
            f"Ropes <{A}>",
            f"Knots <{B}>",
            "# Week 1",
            f"| [Week 1](<{C}>)",
            f"Winch <{B}>",
        ],
    ),
    "the same words before an address under each title": (
        (
            f"## Ropes\n\nStrong.\n\nRead more 👉 [example.org/a]({A})\n\n"
            f"## Knots\n\nTight.\n\nRead more 👉 [example.org/b]({B})"
        ),
        [
            f"Ropes <{A}>",
            f"  Strong.\n\nRead more 👉 [example.org/a]({A})",
            f"Knots <{B}>",
            f"  Tight.\n\nRead more 👉 [example.org/b]({B})",
        ],
    ),
    "nested bullets under a topic": (
        f"- Ropes:\n  - [Hemp]({A})\n  - [Nylon]({B}) – longer\n- Knots:\n  - [Bowline]({C})",
        ["# Ropes", f"Hemp <{A}>", f"Nylon <{B}>", "  longer", "# Knots", f"Bowline <{C}>"],
    ),
    "remarks below a link keep their shape": (
        f"- [Ropes]({A})\n  - strong\n    - very\n  - cheap",
        [f"Ropes <{A}>", "  - strong\n  - very\n- cheap"],
    ),
    "a list of remarks under a title is its body": (
        f"### [Ropes]({A})\n\n- strong\n- cheap\n\n### [Knots]({B})",
        [f"Ropes <{A}>", "  - strong\n- cheap", f"Knots <{B}>"],
    ),
    "a list of links under a title is entries": (
        f"## [Ropes]({A})\n\nStrong.\n\n- [Hemp]({B})\n- [Nylon]({C})",
        [f"Ropes <{A}>", "  Strong.", f"Hemp <{B}>", f"Nylon <{C}>"],
    ),
    "Chinese numbers": (
        f"## 文章\n\n1、[绳子]({A})\n\n很结实。\n\n2、[结]({B})",
        ["# 文章", f"1、绳子 <{A}>", "  很结实。", f"2、结 <{B}>"],
    ),
    "ordered lists": (
        f"## News\n\n1. [Ropes]({A}): strong\n2. [Knots]({B})",
        ["# News", f"Ropes <{A}>", "  strong", f"Knots <{B}>"],
    ),
    "the link right below the title": (
        f"## Ropes\n[Ropes]({A})\n\nStrong.\n\n## Knots\n{B}\n\nTight.",
        [f"Ropes <{A}>", "  Strong.", f"Knots <{B}>", "  Tight."],
    ),
    "a wrapped bracket and address": (
        f"## News\n\nRopes are strong [\n{A} ].",
        ["# News", f"Ropes are strong <{A}>"],
    ),
    "an underlined title": (
        f"News\n----\n\n* [Ropes]({A})\n\nTools\n=====\n\n* [Winch]({B})",
        ["# News", f"Ropes <{A}>", "# Tools", f"Winch <{B}>"],
    ),
    "prose behind a list is not the last link's": (
        f"## News\n\n- [Ropes]({A})\n- [Knots]({B})\n\nThat is all.",
        ["# News", f"Ropes <{A}>", f"Knots <{B}>", "| That is all."],
    ),
    "references": (
        f"## News\n\n- [Ropes][r]\n- [Knots] and more\n\n[r]: {A}\n[knots]: {B}",
        ["# News", f"Ropes <{A}>", f"Knots <{B}>", "  and more"],
    ),
    "a linked item with quote and code": (
        f"- [Ropes]({A})\n\n  > Strong.\n\n- [Knots]({B})",
        [f"Ropes <{A}>", "  > Strong.", f"Knots <{B}>"],
    ),
    "one sentence about a link in a section": (
        f"Read [all of it]({C}).\n\n## Tool of the week\n\nThis week it is a [winch]({A}), by Ann.",
        [
            f"| Read [all of it]({C}).",
            "# Tool of the week",
            f"This week it is a winch <{A}>",
            "  by Ann.",
        ],
    ),
    "prose about links in a section": (
        f"## News\n\nSee the [winch]({A}). It is strong, as are [ropes]({B}).\n\n- [Knots]({C})",
        [
            "# News",
            f"| See the [winch]({A}). It is strong, as are [ropes]({B}).",
            f"Knots <{C}>",
        ],
    ),
    "two columns with notes at the end": (
        f"News\n\nRopes [1]        Knots [2]\nWinches    [3]\n\n[1]: {A}\n[2] {B}\n3. {C}",
        ["# News", f"Ropes <{A}>", f"Knots <{B}>", f"Winches <{C}>"],
    ),
    "notes at the end of each section": (
        f"## News\n\n* Ropes [1] - strong\n\n[1] {A}\n\n## Tools\n\n* Winch [1]\n\nLinks:\n[1] {B}",
        ["# News", f"Ropes <{A}>", "  strong", "# Tools", f"Winch <{B}>"],
    ),
    "titles with notes and texts": (
        (
            f"Harbour #12\n\nNews\n\nRopes [1]\n\nStrong, and\nlong [2].\n\nKnots[^3]\nTight.\n\n"
            f"[1] <{A}>\n[2] {B}\n[^3]: {C}"
        ),
        [
            "# News",
            f"Ropes <{A}>",
            f"  Strong, and\nlong [\\[2\\]](<{B}>).",
            f"Knots <{C}>",
            "  Tight.",
        ],
    ),
    "footnotes go along with their texts": (
        (
            f"## News[^n]\n\n- [Ropes]({A}): strong[^1]\n- [Knots]({B})\n\n"
            f"[^1]: As steel.\n[^n]: Not new."
        ),
        [
            "# News",
            "| Not new.",
            f"Ropes <{A}>",
            "  strong[^1]\n\n[^1]: As steel.",
            f"Knots <{B}>",
        ],
    ),
    "tasks": (
        f"## News\n\n- [ ] [Ropes]({A}): strong\n- [x] {B}\n\n### [Ship]({C})\n\n- [x] float",
        ["# News", f"Ropes <{A}>", "  strong", f"{B} <{B}>", f"Ship <{C}>", "  - [x] float"],
    ),
    "a picture that is a title's link": (
        f"## News\n\n### [![](https://example.org/r.png) Ropes]({A})\n\nStrong.",
        ["# News", f"Ropes <{A}>", "  ![](<https://example.org/r.png>)\n\nStrong."],
    ),
    "Hebrew and Arabic": (
        f"## חדשות\n\n- [חבלים]({A}): חזקים\n\n## أخبار\n\n- [عقد]({B})：محكمة",
        ["# חדשות", f"חבלים <{A}>", "  חזקים", "# أخبار", f"عقد <{B}>", "  محكمة"],
    ),
    "a rule between paragraphs": (
        f"## News\n\n[Ropes]({A}) are strong.\n\n---\n\nThat is all.",
        ["# News", f"Ropes <{A}>", "  are strong.", "| That is all."],
    ),
    "several first-level headings, all of them sections": (
        f"# News\n\n- [Ropes]({A})\n\n# Tools\n\n- [Winch]({B})",
        ["# News", f"Ropes <{A}>", "# Tools", f"Winch <{B}>"],
    ),
    "a section whose first line is one of its links": (
        (
            f"## New\n\n[Ropes]({A})\n\nStrong.\n\n[Knots]({B})\n\n"
            f"## Old\n\n[Winch]({C})\n\n- [Hemp]({A})"
        ),
        [
            "# New",
            f"Ropes <{A}>",
            "  Strong.",
            f"Knots <{B}>",
            "# Old",
            f"Winch <{C}>",
            f"Hemp <{A}>",
        ],
    ),
    "a label that is the same below each title": (
        f"### Ropes\n\nStrong.\n\n[Link]({A})\n\n### Knots\n\n[Link]({B}) - [copy]({C})\n\nTight.",
        [f"Ropes <{A}>", "  Strong.", f"Knots <{B}>", f"  [copy]({C})\n\nTight."],
    ),
    "words that lead to the link below each title": (
        f"## Ropes\n\nSource: [Hemp Ltd]({A})\n\nStrong.\n\n## Knots\n\nSource: [Bowline]({B})",
        [
            f"Ropes <{A}>",
            f"  Source: [Hemp Ltd]({A})\n\nStrong.",
            f"Knots <{B}>",
            f"  Source: [Bowline]({B})",
        ],
    ),
    "a title with its link in brackets behind it": (
        f"### Winch ([website]({A}))\n\nPulls.\n\n### Ropes ([source]({B}))",
        [f"Winch <{A}>", f"  [website](<{A}>)\n\nPulls.", f"Ropes <{B}>", f"  [source](<{B}>)"],
    ),
    "a sentence that leads to a link is a title as it stands": (
        f"## News\n\n- Ann has [mended]({A}) the winch in [Hull]({B}). It pulls.\n- [Knots]({C})",
        [
            "# News",
            f"Ann has mended the winch in Hull <{A}>",
            f"  [Hull](<{B}>)\n\nIt pulls.",
            f"Knots <{C}>",
        ],
    ),
    "paragraphs of a sentence each that soon come to a link": (
        (
            f"## News\n\nAnn [mended]({A}) the winch.\n\nBo [tied]({B}) a bowline.\n\n"
            f"Before noon, the harbour [opened]({C}) again, after so many days in which nobody "
            "had come to it, nor was a single rope seen there by Ann, by Bo or by anyone."
        ),
        [
            "# News",
            f"Ann mended the winch <{A}>",
            f"Bo tied a bowline <{B}>",
            f"Before noon, the harbour opened <{C}>",
            (
                "  again, after so many days in which nobody had come to it, nor was a single rope "
                "seen there by Ann, by Bo or by anyone."
            ),
        ],
    ),
    "an item among links whose link comes late": (
        f"## News\n\n- [Ropes]({A})\n- The new book of every sailor, [Knots]({B}) — by Ann",
        ["# News", f"Ropes <{A}>", f"The new book of every sailor, Knots <{B}>", "  by Ann"],
    ),
    "emphasis around a link and more words": (
        f"- **[Ropes]({A}) are strong:** they hold.\n- [Knots]({B})",
        [f"Ropes are strong <{A}>", "  they hold.", f"Knots <{B}>"],
    ),
    "a remark with one link under a title": (
        f"### [Ropes]({A})\n\nThey are:\n\n- strong\n- [cheap]({B})\n- long\n\n### [Knots]({C})",
        [f"Ropes <{A}>", f"  They are:\n\n- strong\n- [cheap]({B})\n- long", f"Knots <{C}>"],
    ),
    "a link in brackets is no title": (
        f"## News\n\nWe are open (see [here]({A})), as ever. Come in.\n\n- [Knots]({B})",
        [
            "# News",
            f"| We are open (see [here]({A})), as ever. Come in.",
            f"Knots <{B}>",
        ],
    ),
    "a sentence about several links is no entry": (
        (
            f"## About\n\nSee [here]({A}), [there]({B}) and [everywhere]({C}).\n\n"
            f"## New\n\n- [Knots]({A})"
        ),
        [
            "# About",
            f"| See [here]({A}), [there]({B}) and [everywhere]({C}).",
            "# New",
            f"Knots <{A}>",
        ],
    ),
    "the sentence that a digest opens with": (
        f"[Harbour]({A}) is a letter about ropes.\n\n## News\n\n- [Knots]({B})",
        [f"| [Harbour]({A}) is a letter about ropes.", "# News", f"Knots <{B}>"],
    ),
    "a dash as an entity": (f"- [Ropes]({A}) &mdash; strong", [f"Ropes <{A}>", "  strong"]),
    "headings and rules in HTML": (
        (
            f'<h2 class="x">News</h2>\n<hr/>\n\n### <i class="icon"></i> [Ropes]({A})\n\n<hr>\n\n'
            f"### [Knots]({B})"
        ),
        ["# News", f"Ropes <{A}>", f"Knots <{B}>"],
    ),
    "a heading right below a picture in HTML": (
        f'## News\n\n<img src="{C}">\n### [Ropes]({A})\n\nStrong.',
        ["# News", f"| ![]({C})", f"Ropes <{A}>", "  Strong."],
    ),
    "boxes of site makers": (
        (
            f'- [Ropes]({A})\n\n!!! info "By Ann"\n    They hold.\n\n'
            ":::tip[Note]\nTie well.\n:::\n\n> [!NOTE]\n> Mind it."
        ),
        [
            f"Ropes <{A}>",
            "| > **By Ann**  \n> They hold.\n\n**Note**\nTie well.\n\n> **Note**  \n> Mind it.",
        ],
    ),
    "links beneath a link": (
        f"- [Ropes]({A}) – strong\n  - [Hemp]({B})\n  - [Nylon]({C})",
        [f"Ropes <{A}>", "  strong", f"Hemp <{B}>", f"Nylon <{C}>"],
    ),
    "a row of links to other pages": (
        f"[Ropes]({A}) hold.\n\n[Before]({B}) | [After]({C})\n\n[Knots]({B}) too.",
        [
            f"Ropes <{A}>",
            "  hold.",
            f"| [Before]({B}) | [After]({C})",
            f"Knots <{B}>",
            "  too.",
        ],
    ),
    "a table": (
        f"## News\n\n| [Ropes]({A}) | long |\n|---|---|\n| [Knots]({B}) | firm |\n\n- [Winch]({C})",
        [
            "# News",
            f"| | [Ropes]({A}) | long |\n|---|---|\n| [Knots]({B}) | firm |",
            f"Winch <{C}>",
        ],
    ),
    "lines of an address and a comment": (
        f"{A} — strong\n{B} — tight\n{C}",
        [f"{A} <{A}>", "  strong", f"{B} <{B}>", "  tight", f"{C} <{C}>"],
    ),
    "comments on the lines below addresses": (
        f"{A}\nStrong ropes\n{B}\nTight knots",
        [f"{A} <{A}>", "  Strong ropes", f"{B} <{B}>", "  Tight knots"],
    ),
    "comments on the lines above addresses": (
        f"Strong ropes\n{A}\nTight knots:\n{B}",
        [f"Strong ropes <{A}>", f"Tight knots <{B}>"],
    ),
    "bare addresses, one a line": (
        f"{A}\n{B}\n\n{C}",
        [f"{A} <{A}>", f"{B} <{B}>", f"{C} <{C}>"],
    ),
    "numbered addresses": (
        f"1) {A}\n   strong\n2) {B} – tight",
        [f"{A} <{A}>", "  strong", f"{B} <{B}>", "  tight"],
    ),
    "paragraphs with an address before, behind and amid its comment": (
        (
            f"{A} strong\n\nKnots, as you have never seen them before {B}\n\n"
            f"A winch that is small and strong: {C} (thanks, Bo)"
        ),
        [
            f"{A} <{A}>",
            "  strong",
            f"Knots, as you have never seen them before <{B}>",
            f"A winch that is small and strong <{C}>",
            "  (thanks, Bo)",
        ],
    ),
    "a table of links": (
        (
            f"## News\n\n| # | Title | Link | Why |\n|--|:--|--|--|\n| 1 | Ropes | {A} | strong |\n"
            f"| 2 | Knots | [here]({B}) by Cy | |\n\nBye."
        ),
        ["# News", f"Ropes <{A}>", "  strong", f"Knots <{B}>", "  by Cy", "| Bye."],
    ),
    "a table of linked titles": (
        f"| What | Why |\n|---|---|\n| **[Ropes]({A})** | strong |\n| [Knots]({B}) | tight |",
        [f"Ropes <{A}>", "  strong", f"Knots <{B}>", "  tight"],
    ),
    "a table of links in HTML": (
        (
            f"## News\n\n<table><tr><td>Ropes</td><td><a href='{A}'>Link</a></td>"
            f"<td>strong</td></tr><tr><td>Knots</td>"
            f"<td><a href='{B}'>Link</a></td><td>tight</td></tr></table>\n"
        ),
        ["# News", f"Ropes <{A}>", "  strong", f"Knots <{B}>", "  tight"],
    ),
    "a table with two links in a row": (
        f"## News\n\n| a | b |\n|---|---|\n| [Ropes]({A}) | [Knots]({B}) |\n\n- [Winch]({C})",
        [
            "# News",
            f"| | a | b |\n|---|---|\n| [Ropes]({A}) | [Knots]({B}) |",
            f"Winch <{C}>",
        ],
    ),
    "pictures in the links of a table in HTML": (
        (
            f'## News\n\n<table><tr><th><a href="{A}"><img src="{B}"> Ropes</a></th><th>x</th></tr>'
            f"<tr><td>Knots</td><td>tight</td></tr></table>\n\n- [Knots]({C})"
        ),
        [
            "# News",
            f"| | [![]({B}) Ropes]({A}) | x |\n| --- | --- |\n| Knots | tight |",
            f"Knots <{C}>",
        ],
    ),
    "a table of one row in HTML": (
        (
            f'<table><tr><th><a href="{A}"><img src="{C}"> Ropes</a></th>'
            f'<th><a href="{B}">Knots</a></th></tr></table>'
        ),
        [f"Ropes <{A}>", f"  ![]({C})", f"Knots <{B}>"],
    ),
    "words that are struck out": (f"- [Ropes ~~and knots~~]({A})", [f"Ropes and knots <{A}>"]),
    "HTML with blank lines between its parts": (
        (
            f'---\ntitle: Harbour\n---\n\n<h2>News</h2>\n\n<ul>\n\n<li><a href="{A}">Ropes</a><br>'
            f'\n\nstrong</li>\n\n<li><a href="{B}">Knots</a></li>\n\n</ul>'
        ),
        ["# News", f"Ropes <{A}>", "  strong", f"Knots <{B}>"],
    ),
    "a player with blank lines in it": (
        f'## News\n\n<video>\n\n    <source src="{B}">\n    Old.\n</video>\n\n- [Ropes]({A})',
        ["# News", f"| > [{B}]({B})", f"Ropes <{A}>"],
    ),
    "an address as the label below each title": (
        (
            f"## Ropes\n[example.org/a]({A})\n\nStrong.\n\n- [Hemp]({B})\n\n"
            f"## Knots\n[example.org/c]({C})"
        ),
        [
            f"Ropes <{A}>",
            f"  [example.org/a]({A})\n\nStrong.",
            f"Hemp <{B}>",
            f"Knots <{C}>",
            f"  [example.org/c]({C})",
        ],
    ),
    "a player is a link": (
        f'### [Ropes]({A})\n\n<iframe src="{B}" title="A film"></iframe>\n\nStrong.',
        [f"Ropes <{A}>", f"  > [A film]({B})\n\nStrong."],
    ),
}


@pytest.mark.parametrize(("text", "expected"), KINDS.values(), ids=KINDS)
def test_each_kind_gives_its_entries(text: str, expected: list[str]) -> None:
    digest = parse_digest(text)
    assert outline(digest) == expected
    assert digest.unplaced == ()
