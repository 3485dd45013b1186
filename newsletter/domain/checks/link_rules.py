"""Rules for links, pictures and headings that need no network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from newsletter.domain.checks.preflight import (
    THE_MAIL,
    Braces,
    Finding,
    Heading,
    InLibrary,
    Link,
    Picture,
    Place,
    TypedHtml,
    error,
    note,
    picture_name,
    shortened,
    warning,
)
from newsletter.domain.web_addresses import (
    canonical_url,
    is_mail_link,
    private_host_problem,
    tracking_in,
    without_tracking,
)

UNSHOWN_BY_OUTLOOK = {".webp": "WebP", ".svg": "SVG", ".avif": "AVIF", ".heic": "HEIC"}

_SAYS_NOTHING = frozenset(
    words.strip()
    for words in """
    here|click here|click|tap here|read more|more|learn more|link|this link|this|this page|website
    hier|klick hier|hier klicken|klicken sie hier|mehr|mehr lesen|weiterlesen|link hier
    ici|cliquez ici|cliquer ici|lire la suite|en savoir plus|lien
    aquí|aqui|haz clic aquí|leer más|enlace|clique aqui|leia mais
    qui|clicca qui|leggi di più|klik hier|lees meer|tutaj|kliknij tutaj|więcej
    здесь|тут|ссылка|читать далее|подробнее|tıklayın|buraya tıklayın
    这里|這裡|这儿|此处|此處|点击这里|點擊這裡|点这里|點這裡|点击|链接|連結|点我|戳这里|更多|查看更多|阅读更多
    こちら|ここ|ここをクリック|リンク|続きを読む|여기|여기를 클릭|링크|더 보기
    هنا|اضغط هنا|انقر هنا|כאן|לחצו כאן
    """.replace("\n", "|").split("|")
    if words.strip()
)

_OF_ANOTHER_MAIL = re.compile(
    r"(to )?unsubscribe( here| now)?"
    r"|(manage|update|change)( your)? (email )?(preferences|subscription)"
    r"|(view|read|open)( this| it)?( email)? (in( your| the| a)? browser|online)"
    r"|(vom )?(newsletter )?abmelden|abbestellen|im browser (ansehen|anzeigen|öffnen)"
    r"|se désinscrire|se désabonner|voir dans le navigateur"
    r"|darse de baja|cancelar (la )?suscripción|ver en el navegador"
    r"|descadastrar|cancelar inscrição|disiscriviti|annulla iscrizione"
    r"|uitschrijven|afmelden|wypisz się|отписаться|退订|取消订阅|配信停止|수신거부"
)
"""What mails say of themselves, each to its own reader, in the words of a few languages."""


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """An issue of the same newsletter in which a link has been."""

    number: int | None
    title: str
    entry: str
    """Its title; "" for the introduction."""
    is_title: bool = True
    """The title led there; else a link within the text."""


def link_findings(
    links: Iterable[Link], earlier: Mapping[str, EarlierRun] | None = None
) -> Iterator[Finding]:
    """`earlier` by canonical address."""
    listed = list(links)
    yield from _unusable(listed)
    yield from _words(listed)
    yield from _private(listed)
    yield from _of_another_mail(listed)
    yield from _tracking(listed)
    yield from _twice(listed)
    yield from _again(listed, earlier or {})


def picture_findings(
    pictures: Iterable[Picture], library: Mapping[str, InLibrary] | None = None
) -> Iterator[Finding]:
    """`library` has what it knows of a picture, by its address."""
    for picture in pictures:
        kept = (library or {}).get(picture.url)
        shown = picture_name(picture, kept)
        if not picture.alt.strip():
            words = kept.alt if kept else ""
            yield warning(
                "picture-alt",
                picture.place,
                f"The picture {shown} has no alternative text.",
                f"The library says: ![{words}](…)."
                if words
                else "Describe it: ![a cat on a keyboard](…).",
            )
        path = _path(picture.url).lower()
        kind = next((name for end, name in UNSHOWN_BY_OUTLOOK.items() if path.endswith(end)), "")
        if kind:
            yield warning(
                "picture-format",
                picture.place,
                f"The picture {shown} is {kind}, which Outlook for Windows does not show.",
                "Use PNG, JPEG or GIF.",
            )
        # Our own address is examined by the doctor.
        if picture.url.lower().startswith("http:") and kept is None:
            yield warning(
                "picture-insecure",
                picture.place,
                f"The picture {shown} uses http, which many email programs block. "
                "Readers see a link instead.",
                "Use its https address.",
            )


def html_findings(typed: Iterable[TypedHtml]) -> Iterator[Finding]:
    for one in typed:
        tags = ", ".join(f"<{tag}>" for tag in one.tags)
        yield note(
            "html-dropped",
            one.place,
            f"Mail can't show {tags}, so the tags are left out.",
            "The words between them are kept. Use Markdown to format them.",
        )


def heading_findings(headings: Iterable[Heading]) -> Iterator[Finding]:
    """Within each text: a level that is left out makes readers by ear look for what is missing."""
    last: dict[str, int] = {}
    for heading in headings:
        before = last.get(heading.place.field, 0)
        if heading.level > before + 1:
            yield warning(
                "heading-order",
                heading.place,
                f"The heading “{shortened(heading.words)}” has level {heading.level}, "
                + (f"right below one of level {before}." if before else "with none above it."),
                f"Write {'#' * (before + 1)} instead of {'#' * heading.level}.",
            )
        last[heading.place.field] = heading.level


def braces_findings(braces: Iterable[Braces], known: Mapping[str, bool]) -> Iterator[Finding]:
    """`known` says of a field whether any active reader has it; of some it says nothing."""
    seen: set[tuple[str, str]] = set()
    for one in braces:
        key = (one.field, one.place.field)
        if key in seen:
            continue
        seen.add(key)
        if not one.is_known:
            yield error(
                "personal-field",
                one.place,
                f"{one.typed} is not a known field. Readers would see the braces.",
                "Fields are name, address and attribute.NAME. Write \\{{ to show braces.",
            )
        elif known.get(one.field) is False:
            instead = f"“{one.fallback}”" if one.fallback else "nothing"
            yield warning(
                "personal-field",
                one.place,
                f"No active subscriber has {one.field}. All of them would see {instead} instead.",
                "Check the name for a typo, or remove the field.",
            )


def entry_findings(titles_without_link: list[tuple[str, Place]], entries: int) -> Iterator[Finding]:
    count = len(titles_without_link)
    if not count:
        return
    if count == entries and entries > 1:
        yield note(
            "entry-without-link",
            THE_MAIL,
            f"None of the {entries} entries has a link.",
            "Readers can find them only by their sources.",
        )
        return
    for title, place in titles_without_link:
        yield note(
            "entry-without-link",
            place,
            f"“{shortened(title)}” has no link.",
            "Add a link, or ignore this.",
        )


def _words(links: list[Link]) -> Iterator[Finding]:
    for link in links:
        if link.is_title:
            continue
        words = _bare(link.words)
        if words in _SAYS_NOTHING:
            yield warning(
                "link-words",
                link.place,
                f"The link “{link.words.strip()}” does not say where it leads. "
                "Screen readers often read out links alone.",
                "Use the name of the page as the link text.",
            )
        elif not words:
            yield warning(
                "link-words",
                link.place,
                f"The link to {shortened(link.url)} has no text.",
                "Add text that says where it leads.",
            )


def _bare(words: str) -> str:
    return " ".join(words.split()).strip(" .…!:«»<>→[]()（）。！").casefold()


def _unusable(links: list[Link]) -> Iterator[Finding]:
    """A mail has no page of its own that an address could be relative to."""
    for link in links:
        if not is_mail_link(link.url):
            yield error(
                "link-unusable",
                link.place,
                f"“{shortened(link.words or link.url)}” links to “{shortened(link.url, 90)}”, "
                "which does not work in a mail.",
                f"Write the whole address: {_guess(link.url)}",
            )


def _guess(url: str) -> str:
    first = url.partition("/")[0]
    is_host = "." in first and ":" not in first and not first.startswith(".")
    return f"https://{url}" if is_host else "https://example.org/page"


def _private(links: list[Link]) -> Iterator[Finding]:
    for link in links:
        if problem := private_host_problem(link.url):
            yield warning(
                "link-private",
                link.place,
                f"{shortened(link.url, 90)} leads to {problem}.",
                "Readers outside your network can't open it.",
            )


def _of_another_mail(links: list[Link]) -> Iterator[Finding]:
    """It came along with a copied mail, and acts for whom that was sent to."""
    for link in links:
        if not link.is_title and _OF_ANOTHER_MAIL.fullmatch(_bare(link.words)):
            yield warning(
                "link-copied",
                link.place,
                f"The link “{link.words.strip()}” is of the email that this was copied from. It "
                "unsubscribes or shows that email’s recipient, not your reader.",
                "Delete it. Each copy gets links of its own.",
            )


def _tracking(links: list[Link]) -> Iterator[Finding]:
    for link in links:
        if names := tracking_in(link.url):
            yield note(
                "link-tracking",
                link.place,
                f"{shortened(link.url, 90)} contains {', '.join(sorted(set(names)))}, "
                "which tracks your readers and does not change the page.",
                f"Use {without_tracking(link.url)}",
            )


def _twice(links: list[Link]) -> Iterator[Finding]:
    """Within one text a link may come again; between entries, two wrote of the same page."""
    first: dict[str, Link] = {}
    reported: set[tuple[str, str]] = set()
    for link in links:
        key = canonical_url(link.url)
        if not key:
            continue
        before = first.setdefault(key, link)
        where = link.place.label
        if before.place.label != where and (key, where) not in reported:
            reported.add((key, where))
            make = warning if link.is_title and before.is_title else note
            yield make(
                "link-twice",
                link.place,
                f"{shortened(link.url, 90)} is already linked in {before.place.label}.",
                "Remove one of them, or ignore this.",
            )


def _again(links: list[Link], earlier: Mapping[str, EarlierRun]) -> Iterator[Finding]:
    reported: set[str] = set()
    for link in links:
        key = canonical_url(link.url)
        run = earlier.get(key) if key else None
        if run and key not in reported:
            reported.add(key)
            # What texts refer to may well come twice.
            make = warning if link.is_title or run.is_title else note
            yield make(
                "link-earlier",
                link.place,
                f"{shortened(link.url, 90)} {_where_it_ran(run)}.",
                "Remove it, or say why you link it again.",
            )


def _where_it_ran(run: EarlierRun) -> str:
    number = f"issue {run.number}" if run.number else "an issue without a number"
    issue = f"ran in {number}, “{shortened(run.title)}”"
    if run.is_title:
        return f"{issue}, as “{shortened(run.entry)}”"
    return f"{issue}, in " + (f"the text of “{shortened(run.entry)}”" if run.entry else "its intro")


def _path(url: str) -> str:
    try:
        return re.sub(r"[;].*", "", urlsplit(url).path)
    except ValueError:
        return ""
