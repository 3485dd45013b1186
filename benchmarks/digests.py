"""How much of other people's digests becomes an issue: entries, links, words, heads, seconds.

The reference is CommonMark's own reading of each file, not ours: a block is led by a link if a list
item, paragraph or heading has its first link within its first 20 characters.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urljoin

from lxml import html
from markdown_it import MarkdownIt
from markdown_it.token import Token

from newsletter.domain.errors import NewsletterError
from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.reading.digests.block_markdown import issue_content
from newsletter.reading.digests.decoding import decode_digest
from newsletter.reading.digests.digest import parse_digest
from newsletter.rendering.edition.edition import prepare_issue

LED_WITHIN = 20
WORD = re.compile(r"[\u2e80-\u9fff\uac00-\ud7a3]|[^\W_\u2e80-\u9fff\uac00-\ud7a3]+")
ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\[\]()]+")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
FRONT = re.compile(r"\A\s*(---|\+\+\+)\n.*?\n\1[ \t]*\n", re.DOTALL)
HEAD_LINES = re.compile(r"\A(?:[A-Za-z][\w-]{1,30}:[ \t]+\S.*\n){2,}")
SHORT_CODE = re.compile(r"\{\{[<%].*?[%>]\}\}|\{%.*?%\}")
PROFILE = NewsletterProfile(
    id=1,
    slug="notes",
    name="Notes",
    description="",
    sender_name="Ada",
    sender_address="ada@example.org",
    reply_to="",
    postal_address="1 Garden Lane",
    time_zone="Europe/Berlin",
    language="en",
    list_label="notes",
)


INLINE = frozenset("a abbr b code del em i mark s small strong sub sup u span".split())


@dataclass(frozen=True, slots=True)
class Block:
    """`url` of its first link, where it is led by one."""

    words: tuple[str, ...]
    links: tuple[str, ...]
    url: str


@dataclass(frozen=True, slots=True)
class Measured:
    file: str
    refused: str = ""
    link_led: int = 0
    became_entries: int = 0
    entries: int = 0
    sections: int = 0
    links: int = 0
    links_lost: int = 0
    words: int = 0
    words_lost: int = 0
    title: str = ""
    number: int | None = None
    date: str = ""
    html_bytes: int = 0
    seconds: float = 0.0


def measure(path: Path, *, tell: bool = False) -> Measured:
    began = time.perf_counter()
    data = path.read_bytes()
    try:
        text = decode_digest(data, 4_000_000)
        digest = parse_digest(text, file_name=path.name, base_url="https://base.example/")
        content = issue_content(digest)
        if not content.title:
            content = replace(content, title=path.stem)
        page = page_of(content)
    except NewsletterError as error:
        return Measured(path.name, refused=str(error))
    seconds = time.perf_counter() - began
    blocks = list(blocks_of(text, is_html=path.suffix in (".html", ".htm")))
    urls = Counter(comparable(entry.url) for entry in content.entries if entry.url)
    led = [block for block in blocks if block.url]
    became = sum((Counter(comparable(block.url) for block in led) & urls).values())
    seen_words, seen_links = in_mail(page)
    words = Counter(word for block in blocks for word in block.words)
    links = Counter(comparable(url) for block in blocks for url in block.links)
    lost_words, lost_links = words - seen_words, links - seen_links
    if tell:
        show_losses(path, led, urls, lost_words, lost_links)
    return Measured(
        file=path.name,
        link_led=len(led),
        became_entries=became,
        entries=len(content.entries),
        sections=len(content.sections),
        links=links.total(),
        links_lost=lost_links.total(),
        words=words.total(),
        words_lost=lost_words.total(),
        title=digest.title,
        number=content.number,
        date=digest.front_matter.get("date", ""),
        html_bytes=len(page.encode()),
        seconds=round(seconds, 3),
    )


def page_of(content: IssueContent) -> str:
    edition = prepare_issue(
        content,
        PROFILE,
        web_url="https://news.example.org/n/notes/archive/7",
        issue_date=date(2026, 1, 1),
        public_url="https://news.example.org",
    ).edition()
    return edition.html


def in_mail(page: str) -> tuple[Counter[str], Counter[str]]:
    tree = html.fromstring(page)
    links = Counter(comparable(a.get("href")) for a in tree.iter("a") if a.get("href"))
    links += Counter(comparable(i.get("src")) for i in tree.iter("img") if i.get("src"))
    text = "".join(shown_in(tree.find("body"))) + " ".join(tree.xpath("//img/@alt"))
    return Counter(words_in(text)), links


def shown_in(element: html.HtmlElement) -> Iterator[str]:
    """Its text, with blanks around blocks alone: a link within a word does not part it."""
    around = "" if element.tag in INLINE else " "
    yield around + (element.text or "" if isinstance(element.tag, str) else "")
    for child in element:
        yield from shown_in(child)
        yield child.tail or ""
    yield around


def blocks_of(text: str, *, is_html: bool) -> Iterator[Block]:
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    if is_html:
        yield from blocks_of_html(text)
        return
    text = HEAD_LINES.sub("", FRONT.sub("", text))
    text = SHORT_CODE.sub("", COMMENT.sub("", text))
    for token in MarkdownIt("commonmark").parse(text):
        if token.type == "inline":
            yield block_of(token)
        elif token.type in ("fence", "code_block"):
            yield Block(tuple(words_in(token.content)), (), "")
        elif token.type == "html_block":
            yield from pieces_of_html(token.content)


def block_of(token: Token) -> Block:
    words: list[str] = []
    links: list[str] = []
    shown, led = "", ""
    for child in token.children or ():
        if child.type == "link_open":
            url = str(child.attrs.get("href", ""))
            if not links and len(shown.strip()) <= LED_WITHIN and is_kept(url):
                led = url
            links.append(url)
        elif child.type == "image":
            links.append(str(child.attrs.get("src", "")))
        elif child.type in ("text", "code_inline"):
            shown += child.content
        elif child.type in ("softbreak", "hardbreak"):
            shown += " "
    words = words_in(shown)
    return Block(tuple(words), tuple(filter(is_kept, links)), led)


def blocks_of_html(text: str) -> Iterator[Block]:
    tree = html.fromstring(text)
    for element in tree.xpath("//script|//style|//head|//comment()"):
        element.getparent().remove(element) if element.getparent() is not None else None
    for element in tree.xpath("//li|//p|//h1|//h2|//h3|//h4"):
        shown = "".join(own_text(element))
        links = [a.get("href") for a in own_links(element)]
        first = next(own_links(element), None)
        before = text_before(element, first) if first is not None else ""
        led = first.get("href") if first is not None and len(before) <= LED_WITHIN else ""
        kept = tuple(url for url in links if url and is_kept(url))
        yield Block(tuple(words_in(shown)), kept, led if led and is_kept(led) else "")


def pieces_of_html(text: str) -> Iterator[Block]:
    try:
        tree = html.fromstring(f"<div>{text}</div>")
    except ValueError:
        return
    links = [a.get("href") for a in tree.iter("a")] + [i.get("src") for i in tree.iter("img")]
    shown = " ".join(tree.itertext())
    yield Block(tuple(words_in(shown)), tuple(u for u in links if u and is_kept(u)), "")


def own_links(element: html.HtmlElement) -> Iterator[html.HtmlElement]:
    """Without those of lists and paragraphs within."""
    for child in element:
        if child.tag == "a":
            yield child
        elif child.tag not in ("ul", "ol", "li", "p"):
            yield from own_links(child)


def own_text(element: html.HtmlElement) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and child.tag not in ("ul", "ol", "li", "p"):
            yield from own_text(child)
        yield child.tail or ""


def text_before(element: html.HtmlElement, link: html.HtmlElement) -> str:
    whole = "".join(own_text(element)).strip()
    return whole[: max(whole.find((link.text_content() or "").strip()), 0)].strip()


def words_in(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(ADDRESS.sub(" ", text))]


def is_kept(url: str) -> bool:
    """What a mail can follow; `#anchor`, `irc:` and the like have no place in it."""
    return url.partition(":")[0].lower() in ("http", "https", "mailto") or (
        ":" not in url and not url.startswith("#") and bool(url)
    )


def comparable(url: str) -> str:
    return unquote(urljoin("https://base.example/", url.strip())).rstrip("/").lower()


def show_losses(
    path: Path,
    led: list[Block],
    urls: Counter[str],
    words: Counter[str],
    links: Counter[str],
) -> None:
    print(f"== {path.name}")
    left = Counter(urls)
    for block in led:
        url = comparable(block.url)
        if left[url] <= 0:
            print("  no entry:", " ".join(block.words[:10]), block.url[:80])
        left[url] -= 1
    for url, count in links.most_common(8):
        print("  link lost:", count, url[:120])
    print("  words lost:", dict(words.most_common(20)))


def share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def summary(all_of: list[Measured]) -> dict[str, object]:
    read = [one for one in all_of if not one.refused]
    return {
        "files": len(all_of),
        "refused": len(all_of) - len(read),
        "entries_of_link_led": share(
            sum(one.became_entries for one in read), sum(one.link_led for one in read)
        ),
        "links_lost": share(sum(one.links_lost for one in read), sum(one.links for one in read)),
        "words_lost": share(sum(one.words_lost for one in read), sum(one.words for one in read)),
        "without_title": sum(not one.title for one in read),
        "without_number_and_date": sum(one.number is None and not one.date for one in read),
        "seconds": round(sum(one.seconds for one in read), 2),
    }


def files_in(folder: Path) -> Iterable[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.name.lower() not in ("readme.md", "license", "license.md")
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true", help="one line for each file, then the sum")
    parser.add_argument("--tell", action="store_true", help="what is lost of each file")
    given = parser.parse_args()
    measured = [measure(path, tell=given.tell) for path in files_in(given.folder)]
    for one in measured:
        if given.json:
            print(json.dumps(asdict(one), ensure_ascii=False))
        else:
            print(line_of(one))
    print(json.dumps(summary(measured)))


def line_of(one: Measured) -> str:
    if one.refused:
        return f"{one.file}: refused: {one.refused}"
    return (
        f"{one.file}: {one.became_entries} of {one.link_led} became entries ({one.entries} in "
        f"{one.sections} sections), links lost {one.links_lost}/{one.links}, words lost "
        f"{one.words_lost}/{one.words}, {one.html_bytes / 1000:.0f} kB, {one.seconds} s, "
        f"“{one.title}” {one.number} {one.date}"
    )


if __name__ == "__main__":
    main()
