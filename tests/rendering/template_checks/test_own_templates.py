"""A folder of the operator's own templates: piece by piece in the place of ours, and checked."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from newsletter.domain.errors import Misconfigured
from newsletter.rendering.edition.edition import preview
from newsletter.rendering.template_checks.checks import check_templates, require_sound_templates
from newsletter.rendering.template_checks.mjml_words import HTML_TAGS, MJML_TAGS
from newsletter.rendering.templates.templates import BUILT_IN_FOLDER, BrokenTemplate, Templates
from tests.support.issues import READER, an_issue, rendered

ENTRY = "partials/entry.mjml.j2"
HEADER = "partials/header.mjml.j2"
PREHEADER = "partials/preheader.mjml.j2"
PIECE = "partials/piece.mjml.j2"
FOOTER = "partials/footer.mjml.j2"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "partials").mkdir()
    return tmp_path


def changed(folder: Path, name: str, old: str = "", new: str = "") -> Path:
    """Our own template of that name in the folder, with one thing changed."""
    source = (BUILT_IN_FOLDER / name).read_text(encoding="utf-8")
    assert old in source, f"{name} has no {old}"
    path = folder / name
    path.write_text(source.replace(old, new, 1), encoding="utf-8")
    return path


def with_piece(folder: Path, piece: str) -> Path:
    """A file that an issue includes in an mj-column."""
    section = f'<mj-section><mj-column>{{% include "{PIECE}" %}}</mj-column></mj-section>'
    footer = '{% include "partials/footer.mjml.j2" %}'
    changed(folder, "issue.mjml.j2", footer, f"{section}{footer}")
    path = folder / PIECE
    path.write_text(piece, encoding="utf-8")
    return path


def line_of(path: Path, words: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


def test_our_own_templates_are_sound() -> None:
    assert check_templates(None) == []


def test_one_piece_takes_the_place_of_ours_and_the_rest_stays(folder: Path) -> None:
    changed(folder, ENTRY, "{{ entry.body }}", "<p>Our own: {{ entry.body }}</p>")
    assert check_templates(folder) == []
    page = preview(rendered(an_issue(), templates=Templates(folder)), READER)[0]
    assert "Our own:" in page
    assert "Read on the web" in page


def test_all_of_ours_may_be_copied(folder: Path) -> None:
    shutil.copytree(BUILT_IN_FOLDER, folder, dirs_exist_ok=True)
    assert check_templates(folder) == []


def test_a_new_piece_may_be_included(folder: Path) -> None:
    (folder / "partials/motto.mjml.j2").write_text('<mj-spacer height="4px" />', "utf-8")
    changed(folder, HEADER, "<mj-text", '{% include "partials/motto.mjml.j2" %}\n<mj-text')
    assert check_templates(folder) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "where", "words"),
    [
        (
            HEADER,
            "<mj-text ",
            "<mj-txt ",
            "<mj-txt",
            "tag <mj-txt>. Did you mean “mj-text”?",
        ),
        (ENTRY, "<span ", "<spam ", "<spam", "unknown tag <spam>"),
        (HEADER, "css-class=", "css-clas=", "css-clas", "“css-clas”. Did you mean “css-class”?"),
        (HEADER, 'padding="28px 24px 26px"', 'padding="24px 0"', "24px 0", "write 0px"),
        (HEADER, 'padding="28px 24px 26px"', "padding='1px'", "padding='", "double quotation"),
        (
            HEADER,
            'css-class="px"',
            'css-class="é"',
            "é",
            "that MJML corrupts",
        ),
        (PREHEADER, "</mj-raw>", "", "<mj-raw", "<mj-raw> is never closed"),
        (HEADER, "</mj-text>", "</mj-column></mj-text>", "</mj-column></mj-text>", "closes before"),
        (ENTRY, "{{ entry.body }}", "{{ entri.body }}", "entri", "unknown name “entri”"),
        (
            ENTRY,
            "{{ entry.body }}",
            "{{ entry.bodi }}",
            "entry.bodi",
            "“entry” has no attribute “bodi”. Did you mean “body”?",
        ),
        (
            ENTRY,
            "{{ entry.body }}",
            "{{ entry.body | uper }}",
            "uper",
            "unknown filter “uper”",
        ),
        (
            HEADER,
            "{{ light.header }}",
            "{{ light.heder }}",
            "heder",
            "“palette” has no attribute",
        ),
        (HEADER, "{{ light.header }}", "redd", "redd", "“redd” in “background-color” is"),
        (HEADER, '"4px"', '"4 px"', "4 px", "“4 px” in “height” is not a length"),
        (HEADER, "word-break:", "wordbreak:", "wordbreak", "Did you mean “word-break”?"),
        ("type.css", "line-height: 1.4", "lineheight: 1.4", "lineheight", "“line-height”?"),
        ("type.css", "margin: 0 0 14px", "margin 0 0 14px", "margin 0 0", "missing the colon"),
        ("theme.css", "padding-left:", "paddinleft:", "paddinleft", "Did you mean “padding-left”?"),
        (ENTRY, "{{ entry.body }}", "{{ entry.body", "", "unexpected"),
        (FOOTER, "</a>", "", "", "closes before <a> of line"),
        (ENTRY, "{% endif %}", "", "", "Unexpected end of template"),
        (HEADER, "<mj-text ", "<script>x</script><mj-text ", "<script", "do not run scripts"),
        (
            ENTRY,
            "{{ entry.body }}",
            '<mj-include path="x" />',
            "mj-include",
            "use {% include",
        ),
        (
            "issue.mjml.j2",
            "partials/share.mjml.j2",
            "partials/shares.mjml.j2",
            "shares",
            "unknown template “partials/shares.mjml.j2”. Did you mean “partials/share.mjml.j2”?",
        ),
    ],
)
def test_a_mistake_is_told_with_file_and_line(  # noqa: PLR0913, PLR0917  a table of mistakes
    folder: Path, name: str, old: str, new: str, where: str, words: str
) -> None:
    path = changed(folder, name, old, new)
    (fault, *_) = check_templates(folder)
    assert words in fault.message
    assert fault.file == str(path)
    if where:
        assert fault.line == line_of(path, where)


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        (
            ENTRY,
            "\n<mj-text>{{ entry.title }} {{ entry.body }}</mj-text>",
            "<mj-text> is inside <td> of HOUSE/issue.mjml.j2:LINE, which is HTML",
        ),
        (
            ENTRY,
            "\n<tr><td>{{ entry.title }} {{ entry.body }}</td></tr>",
            "<tr> is not part of a table inside <td> of HOUSE/issue.mjml.j2:LINE. Remove it.",
        ),
        (
            "partials/section_heading.mjml.j2",
            "\n<p>{{ section.title }}</p>",
            (
                "<p> can't be directly inside <table> of "
                "HOUSE/partials/table_start.mjml.j2:LINE, which accepts <tr>."
            ),
        ),
        (
            PIECE,
            "\n<div>{{ issue.more }}</div>",
            (
                "<div> can't be inside <mj-column> of FOLDER/issue.mjml.j2:LINE. "
                "Put it inside an <mj-text>."
            ),
        ),
        (
            PIECE,
            "\n<mj-section><mj-column></mj-column></mj-section>",
            (
                "<mj-section> can't be inside <mj-column> of FOLDER/issue.mjml.j2:LINE, "
                "which accepts <mj-text>, <mj-image>, <mj-table> and the like."
            ),
        ),
        (
            FOOTER,
            "\n<mj-text>{{ unsubscribe_url }}</mj-text>",
            (
                "<mj-text> can't be inside <mj-body> of HOUSE/base.mjml.j2:LINE, "
                "which accepts <mj-section> and <mj-wrapper>."
            ),
        ),
        (
            PIECE,
            "\n<mj-text><mj-image /></mj-text>",
            "<mj-image> is inside <mj-text> of OWN:2, which accepts only HTML. Use HTML here.",
        ),
    ],
)
def test_a_piece_that_stands_where_it_can_not_is_told_with_both_places(
    folder: Path, name: str, source: str, words: str
) -> None:
    """The compiler lets all of them through, and the mail falls apart in Outlook."""
    path = with_piece(folder, source) if name == PIECE else folder / name
    path.write_text(source, encoding="utf-8")
    (fault, *_) = check_templates(folder)
    told = fault.message.replace(str(BUILT_IN_FOLDER), "HOUSE").replace(str(path), "OWN")
    told = told.replace(str(folder), "FOLDER")
    assert re.sub(r"((?:HOUSE|FOLDER)/[\w./]+):\d+", r"\1:LINE", told).startswith(words)
    assert (fault.file, fault.line) == (str(path), 2)


@pytest.mark.parametrize(
    "piece",
    [
        "<mj-raw><table><tr><td>{{ issue.more }}</td></tr></table></mj-raw>",
        "<mj-table><tr><th>a</th><td>b</td></tr></mj-table>",
        (
            "<mj-text><!--[if mso]><table><tr><td><![endif]-->x<!--[if mso]></td></tr></table>"
            "<![endif]--></mj-text>"
        ),
        '<mj-social><mj-social-element name="github">x</mj-social-element></mj-social>',
        (
            '<mj-text><table><tbody>{% for one in "ab" %}<tr><td>{{ one }}<br /></td></tr>'
            "{% endfor %}</tbody></table></mj-text>"
        ),
        '{# <div> #}<mj-image src="https://example.org/a.png" alt="" />',
    ],
)
def test_what_mjml_allows_is_no_fault(folder: Path, piece: str) -> None:
    with_piece(folder, piece)
    assert check_templates(folder) == []


def test_words_without_a_tag_of_their_own_are_told(folder: Path) -> None:
    with_piece(folder, "Out of place")
    (fault,) = check_templates(folder)
    assert fault.message == (
        "“Out of place” is text directly inside <mj-column>. Put it inside an <mj-text>."
    )


@pytest.mark.parametrize(
    ("name", "old", "words"),
    [
        (FOOTER, "{{ unsubscribe_url }}", "is missing {{ unsubscribe_url }}"),
        (FOOTER, "{{ line }}", "is missing the postal address"),
        ("issue.txt.j2", "{{ unsubscribe_url }}", "is missing {{ unsubscribe_url }}"),
        ("notice.txt.j2", "{{ button.url }}", "is missing {{ button.url }}"),
        (ENTRY, "{{ entry.body }}", "is missing the entries' bodies"),
        ("theme.css", "}", "style block"),
    ],
)
def test_what_a_mail_has_to_have_can_not_be_left_out(
    folder: Path, name: str, old: str, words: str
) -> None:
    changed(folder, name, old, "")
    assert words in " ".join(fault.message for fault in check_templates(folder))


def test_styles_that_gmail_drops_are_told(folder: Path) -> None:
    changed(folder, "theme.css", ":root", "/* " + "x" * 17_000 + " */ :root")
    assert "16000 bytes" in check_templates(folder)[0].message
    changed(folder, "theme.css", "  body, .page", "  @media print { a { color: red } } body, .page")
    assert "inside another" in check_templates(folder)[0].message


def test_a_file_that_nothing_uses_is_told(folder: Path) -> None:
    changed(folder, ENTRY).rename(folder / "partials/entri.mjml.j2")
    (fault,) = check_templates(folder)
    assert "no template uses it. Did you mean partials/entry.mjml.j2?" in fault.message


def test_a_file_that_is_no_text_is_told(folder: Path) -> None:
    (folder / ENTRY).write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in check_templates(folder)[0].message


def test_no_process_starts_with_templates_that_can_not_be_used(folder: Path) -> None:
    path = changed(folder, HEADER, "<mj-text ", "<mj-txt ")
    with pytest.raises(Misconfigured, match="TEMPLATES_DIR") as refused:
        require_sound_templates(str(folder))
    assert f"{path}:{line_of(path, 'mj-txt')}:" in str(refused.value)
    with pytest.raises(Misconfigured, match="is not a folder"):
        require_sound_templates(str(folder / "nowhere"))
    require_sound_templates("")


def test_one_that_breaks_while_rendering_is_told_and_not_a_crash(folder: Path) -> None:
    path = changed(folder, ENTRY, "{{ entry.body }}", "{{ entry.body.bodi }}")
    with pytest.raises(BrokenTemplate, match="bodi") as broken:
        rendered(an_issue(), templates=Templates(folder))
    assert broken.value.file == str(path)
    assert broken.value.line == line_of(path, "bodi")


def test_mjml_that_the_compiler_refuses_is_told_with_its_line(folder: Path) -> None:
    path = changed(folder, ENTRY, "</h2>", "</h2></b>")
    with pytest.raises(BrokenTemplate) as broken:
        rendered(an_issue(), templates=Templates(folder))
    assert "not MJML" in str(broken.value)
    assert broken.value.file.startswith((str(path), str(BUILT_IN_FOLDER)))


def test_the_words_of_mjml_are_those_that_its_reference_has() -> None:
    assert not HTML_TAGS & MJML_TAGS.keys()
    assert "padding-left" in MJML_TAGS["mj-text"]
    assert "css-class" in MJML_TAGS["mj-column"]
