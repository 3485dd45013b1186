"""An issue as a mail: looks, escapes, sizes, parts and headers, judged by other parsers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from newsletter.domain.errors import InvalidInput
from newsletter.reading.digests.block_markdown import issue_content
from newsletter.reading.digests.decoding import decode_digest
from newsletter.reading.digests.digest import parse_digest
from newsletter.rendering.edition.edition import RenderedEdition, preview
from newsletter.rendering.edition.notices import confirmation_notice, sign_in_notice
from newsletter.rendering.message.message import build_notice_message
from tests.support.issues import PROFILE, READER, an_entry, an_issue, built, parsed, rendered

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "techshack-2019-07.txt"

HOSTILE = [
    "<script>alert(1)</script>",
    "quote \" and ' quote",
    "a > b, é > ü",
    "back\\slash \\u{41}",
    "nbsp\u00a0 zwj\u200d rlm\u200f shy\u00ad comb\u0301",
    "{{ name }} {% raw %} {# x",
    "NLPHxADDRESSx0000 %%x%% [[y]]",
    "</td></tr></table>",
    "<mj-text>hi</mj-text>",
    "中文标题，很长很长",
    "كتاب",
    "😀 emoji",
    "&amp; &lt; &#60;",
]


def words(page: str) -> str:
    return " ".join(html.fromstring(page).text_content().split())


@pytest.fixture(scope="module")
def edition() -> RenderedEdition:
    """Of the real digest."""
    content = issue_content(parse_digest(decode_digest(REAL.read_bytes(), 2_000_000)))
    return rendered(replace(content, number=7))


@pytest.mark.skipif(not REAL.exists(), reason="the real digest is not here")
class TestARealDigest:
    def test_every_title_is_a_heading_in_the_mail(self, edition: RenderedEdition) -> None:
        digest = parse_digest(REAL.read_text(encoding="utf-8"))
        tree = html.fromstring(preview(edition, READER)[0])
        headings = [" ".join(h.text_content().split()) for h in tree.iter("h2")]
        assert headings == [entry.title for entry in digest.entries]
        assert len(list(tree.iter("h1"))) == 1

    def test_both_sources_stand_at_the_entry_about_cern(self, edition: RenderedEdition) -> None:
        page = words(preview(edition, READER)[0])
        place = page.rindex("Can Kubernetes Work at CERN?")
        assert "youtube.com" in page[place : place + 100]
        assert "speakerdeck.com" in page[place : place + 100]

    def test_code_is_code_and_a_numbered_list_is_one(self, edition: RenderedEdition) -> None:
        tree = html.fromstring(preview(edition, READER)[0])
        (code,) = tree.iter("pre")
        assert code.text_content().strip().splitlines()[0] == "import diskcache as dc"
        assert len(code.text_content().strip().splitlines()) == 4
        (numbered,) = tree.iter("ol")
        assert len(numbered.findall("li")) == 3

    def test_it_is_small_enough_not_to_be_cut_off(self, edition: RenderedEdition) -> None:
        assert edition.html_bytes < 65_000
        assert len(built(edition)) < 90_000

    def test_no_layout_table_is_left_open_for_outlook(self, edition: RenderedEdition) -> None:
        page = preview(edition, READER)[0]
        for tag in ("table", "tr", "td"):
            assert len(re.findall(rf"<{tag}[\s>]", page)) == len(re.findall(rf"</{tag}>", page))


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_written_reads_as_it_was_written(text: str) -> None:
    content = an_issue(an_entry(text), title=text, subject="S", preheader=text)
    page = preview(rendered(content), READER)[0]
    (headline,) = html.fromstring(page).iter("h1")
    assert " ".join(headline.text_content().split()) == " ".join(text.split())
    (heading,) = html.fromstring(page).iter("h2")
    assert " ".join(heading.text_content().split()) == " ".join(text.split())
    assert "<script" not in page
    assert "\\u{" not in page.replace(text, "")


@pytest.mark.parametrize(
    "body",
    [
        "[x](javascript:alert(1))",
        "[x](data:text/html,hi)",
        "![x](javascript:alert(1))",
        "<b>raw</b>",
    ],
)
def test_a_body_has_no_script_and_no_raw_html(body: str) -> None:
    page = preview(rendered(an_issue(an_entry(body=body))), READER)[0]
    tree = html.fromstring(page)
    assert not [a for a in tree.iter("a") if a.get("href", "").startswith(("java", "data"))]
    assert not [i for i in tree.iter("img") if i.get("src", "").startswith(("java", "data"))]
    assert "<b>raw" not in page


def test_a_word_of_a_megabyte_goes_through() -> None:
    edition = rendered(an_issue(an_entry(body="x" * 1_000_000)))
    assert edition.is_over_budget
    assert max(len(line) for line in built(edition).split(b"\r\n")) <= 78


def test_nesting_without_end_is_refused_in_words() -> None:
    with pytest.raises(InvalidInput, match="A title"):
        rendered(an_issue(an_entry(body="> " * 2_000 + "deep")))


@pytest.mark.parametrize("lacking", [{"title": ""}, {"sections": ()}])
def test_an_issue_without_title_or_entries_is_refused(lacking: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        rendered(replace(an_issue(), **lacking))


def test_what_has_no_ids_yet_has_anchors_by_place_the_same_every_time() -> None:
    """A digest in a file. With an id an entry is named by it, wherever it is."""
    content = an_issue(an_entry("One"), an_entry("Two", id=1), an_entry("Three"))
    anchors = re.findall(r'<h2 id="([^"]*)"', rendered(content).html)
    assert anchors == ["entry-new-1", "entry-1", "entry-new-3"]
    assert anchors == re.findall(r'<h2 id="([^"]*)"', rendered(content).html)


def test_no_font_no_script_and_no_style_sheet_is_loaded() -> None:
    page = preview(rendered(an_issue()), READER)[0]
    assert "fonts.googleapis" not in page
    assert not re.search(r"<link[\s>]|<script|@import", page)


def test_the_language_and_the_direction_are_said() -> None:
    page = preview(rendered(an_issue(), replace(PROFILE, language="ar")), READER)[0]
    tree = html.fromstring(page)
    assert (tree.get("lang"), tree.get("dir")) == ("ar", "rtl")
    latin = html.fromstring(preview(rendered(an_issue()), READER)[0])
    assert (latin.get("lang"), latin.get("dir")) == ("en", "ltr")


def test_the_date_is_in_the_newsletters_language() -> None:
    page = preview(rendered(an_issue(), replace(PROFILE, language="de")), READER)[0]
    assert "23. November 2026" in page


def test_a_body_that_was_rendered_before_is_written_in_the_manner_of_its_issue() -> None:
    issue = an_issue(an_entry("A harbour", body="![sea](https://example.org/h.png)"))
    english, german = (
        preview(rendered(issue, replace(PROFILE, language=language)), READER)[1]
        for language in ("en", "de")
    )
    assert "[Image: sea]" in english
    assert "[Bild: sea]" in german


def test_the_public_copy_holds_nothing_personal() -> None:
    edition = rendered(an_issue())
    for public in (edition.html, edition.text):
        assert "NLPHx" not in public
        assert "unsubscribe/" not in public
        assert "grace@example.com" not in public
    assert "https://news.example.org/n/notes" in edition.html


def test_an_edition_that_was_stored_gives_the_same_bytes() -> None:
    edition = rendered(an_issue(an_entry("é > ü")))
    assert built(RenderedEdition.from_json(edition.to_json())) == built(edition)


class TestTheMessage:
    def test_its_headers_keep_to_the_rules(self) -> None:
        message = parsed(built(rendered(an_issue())))
        for name in ("Date", "From", "To", "Subject", "Message-ID"):
            assert len(message.get_all(name)) == 1
        assert message["List-Unsubscribe"] == f"<{READER.unsubscribe_url}>"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert message["List-Id"] == "Field Notes <notes.news.example.org>"
        assert message["List-Post"] == "NO"
        assert message["Precedence"] == "bulk"
        assert message["List-Archive"] == "<https://news.example.org/n/notes/archive>"
        assert message["To"].addresses[0].addr_spec == "grace@example.com"

    def test_text_comes_first_and_html_last(self) -> None:
        message = parsed(built(rendered(an_issue())))
        assert message.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in message.iter_parts()] == [
            "text/plain",
            "text/html",
        ]
        encodings = {part["Content-Transfer-Encoding"] for part in message.iter_parts()}
        assert encodings == {"quoted-printable"}

    def test_its_lines_end_in_crlf_and_are_short(self) -> None:
        raw = built(rendered(an_issue(an_entry(body="word " * 400))))
        assert b"\n" not in raw.replace(b"\r\n", b"")
        assert b"\r" not in raw.replace(b"\r\n", b"")
        body = raw.partition(b"\r\n\r\n")[2]
        assert max(len(line) for line in body.split(b"\r\n")) <= 76
        assert not [line for line in body.split(b"\r\n") if line.startswith(b".")]

    def test_no_header_with_an_address_of_the_web_is_encoded(self) -> None:
        reader = replace(READER, unsubscribe_url="https://n.example.org/unsubscribe/" + "x" * 300)
        raw = built(rendered(an_issue()), reader)
        head = raw.partition(b"\r\n\r\n")[0]
        unfolded = re.sub(rb"\r\n[ \t]", b" ", head)
        for line in unfolded.split(b"\r\n"):
            if b"http" in line:
                assert b"=?" not in line
        assert parsed(raw)["List-Unsubscribe"] == f"<{reader.unsubscribe_url}>"

    @pytest.mark.parametrize("language", ["en", "de"])
    def test_non_ascii_names_and_subjects_arrive_as_they_were(self, language: str) -> None:
        profile = replace(PROFILE, sender_name="Åsa Öberg", name="Blätter 😀", language=language)
        content = an_issue(subject="Über langsame Werkzeuge — " + "lang " * 20)
        reader = replace(READER, name="Zoë, “the” Reader")
        message = parsed(built(rendered(content, profile), reader, profile))
        assert message["Subject"] == content.subject.strip()
        assert message["From"].addresses[0].display_name == "Åsa Öberg"
        assert message["To"].addresses[0].display_name == "Zoë, “the” Reader"

    @pytest.mark.parametrize("field", ["sender_name", "sender_address", "reply_to", "name"])
    def test_a_line_break_never_makes_a_header(self, field: str) -> None:
        profile = replace(PROFILE, **{field: "x@example.org\r\nBcc: all@example.org"})
        try:
            raw = built(rendered(an_issue(), profile), READER, profile)
        except InvalidInput:
            return
        assert parsed(raw)["Bcc"] is None

    def test_a_hostile_name_breaks_nothing(self) -> None:
        reader = replace(READER, name="Eve\r\nBcc: all@example.org\x00 <x>")
        message = parsed(built(rendered(an_issue()), reader))
        assert message["Bcc"] is None
        assert len(message["To"].addresses) == 1

    def test_the_personal_links_stand_in_both_parts(self) -> None:
        message = parsed(built(rendered(an_issue())))
        for part in message.iter_parts():
            content = part.get_content()
            assert READER.unsubscribe_url in content
            assert READER.preferences_url in content
            assert READER.address in content
            assert "1 Garden Lane" in content

    @settings(max_examples=40, deadline=None)
    @given(name=st.text(max_size=40), local=st.text("abc.+-_'&=", min_size=1, max_size=20))
    def test_any_value_of_a_reader_makes_a_message_without_a_defect(
        self, name: str, local: str
    ) -> None:
        reader = replace(READER, name=name, address=f"a{local.strip('.')}z@example.com")
        try:
            raw = built(EDITION, reader)
        except InvalidInput:
            return
        assert b"\r\n\r\n" in raw
        assert READER.unsubscribe_url in parsed(raw).get_body(("plain",)).get_content()


EDITION = rendered(an_issue())


class TestThePlainText:
    def test_it_is_written_from_the_words_and_wrapped(self) -> None:
        body = "A paragraph of " + "many words " * 20 + "\n\n- one\n- two\n\n```\ncode   kept\n```"
        text = preview(rendered(an_issue(an_entry(body=body))), READER)[1]
        lines = text.splitlines()
        assert max(len(line) for line in lines if "http" not in line) <= 72
        assert "- one" in text
        assert "code   kept" in text
        assert "https://example.com/a" in text
        assert "<" not in text.replace("<https", "")


class TestNotices:
    def test_a_confirmation_carries_nothing_but_the_newsletters_own_words(self) -> None:
        url = "https://news.example.org/confirm/TOKEN"
        notice = confirmation_notice(PROFILE, url, expires_days=7)
        raw = build_notice_message(
            notice,
            from_name="Ada",
            from_address="ada@example.org",
            to_address="reader@example.com",
            message_id="<o1@example.org>",
            date=datetime(2026, 11, 23, tzinfo=UTC),
        )
        message = parsed(raw)
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["List-Unsubscribe"] is None
        for part in message.iter_parts():
            assert url in part.get_content()
            assert "reader@example.com" not in part.get_content()

    def test_a_sign_in_link_says_how_long_it_works(self) -> None:
        notice = sign_in_notice("https://n.example.org/x", minutes=30, site_name="Field Notes")
        assert "30 minutes" in notice.text
        assert "https://n.example.org/x" in notice.html
