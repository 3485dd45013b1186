"""`{{ name|there }}`: filled in by its place, missing or hostile values harm nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from newsletter.domain.errors import InvalidInput
from newsletter.rendering.bodies.placeholders import placeholders_in
from newsletter.rendering.edition.edition import RenderedEdition, preview
from newsletter.rendering.parts.personal import ReaderValues
from tests.support.issues import READER, an_entry, an_issue, built, parsed, rendered

HOSTILE = [
    "<script>alert(1)</script>",
    "</td></tr></table>",
    '" onclick="x',
    "{{ address }} {% raw %} {{ 7 * 7 }}",
    "Eve\r\nBcc: all@example.org",
    "\x00\x08\u202e\ud800",
    "=?utf-8?B?AAAA?=",
    ".\r\n.\r\n",
    "x" * 1_000_000,
    "NLPHx0x0000",
    "\\{{ name }}",
    "From here on",
]


def with_body(body: str, **values: object) -> RenderedEdition:
    return rendered(an_issue(an_entry(body=body), **values))


def reader(**attributes: object) -> ReaderValues:
    return replace(READER, attributes=attributes)


def shown(edition: RenderedEdition, values: ReaderValues) -> str:
    return " ".join(html.fromstring(preview(edition, values)[0]).text_content().split())


class TestFilledIn:
    def test_a_value_stands_in_all_four_places(self) -> None:
        edition = with_body(
            "Dear {{ name|reader }} of {{attribute.city|somewhere}},",
            subject="{{ name|Friend }}, seven links",
            preheader="For {{ name|you }} alone",
        )
        message = parsed(built(edition, reader(city="Oslo")))
        assert message["Subject"] == "Grace Hopper, seven links"
        assert "Dear Grace Hopper of Oslo," in message.get_body(("plain",)).get_content()
        page = message.get_body(("html",)).get_content()
        assert "Dear Grace Hopper of Oslo," in page
        assert "For Grace Hopper alone" in page

    @pytest.mark.parametrize("known", [{}, {"city": ""}, {"city": None}, {"city": ["a"]}])
    def test_what_is_not_known_gives_way_to_the_fallback(self, known: dict[str, object]) -> None:
        edition = with_body("In {{ attribute.city|your town }}.")
        assert "In your town." in shown(edition, reader(**known))
        assert "In your town." in preview(edition, reader(**known))[1]

    def test_without_a_fallback_there_is_nothing(self) -> None:
        assert "Dear !" in shown(with_body("Dear {{ name }}!"), replace(READER, name=""))

    def test_numbers_and_the_address_are_values_too(self) -> None:
        edition = with_body("{{ address }} since {{ attribute.since }}")
        assert "grace@example.com since 2019" in shown(edition, reader(since=2019))

    def test_the_public_copy_has_the_fallbacks(self) -> None:
        edition = with_body("Dear {{ name|reader }}", subject="{{ name|Friend }}, hello")
        assert edition.subject == "Friend, hello"
        assert "Dear reader" in edition.html
        assert "Dear reader" in edition.text
        assert "NLPHx" not in edition.html + edition.text

    def test_a_subject_of_nothing_but_a_value_falls_back_on_the_title(self) -> None:
        assert with_body("x", subject="{{ name }}").subject == "On slow tools"

    def test_a_stored_edition_fills_in_the_same(self) -> None:
        edition = with_body("Dear {{ name|a }} {{ attribute.x|b }}", subject="{{ name|c }}")
        stored = RenderedEdition.from_json(edition.to_json())
        assert built(stored, reader(x="é")) == built(edition, reader(x="é"))

    def test_an_edition_frozen_before_there_were_attributes_still_goes_out(self) -> None:
        stored = with_body("x").to_json()
        del stored["subject_line"]
        for part in ("html_part", "text_part"):
            stored[part]["slots"] = [slot[0] for slot in stored[part]["slots"]]
        raw = built(RenderedEdition.from_json(stored))
        assert READER.unsubscribe_url in parsed(raw).get_body(("plain",)).get_content()


class TestWhatIsNoPlaceholder:
    @pytest.mark.parametrize("text", ["{{ nmae }}", "{% x %}", "{{ 7*7 }}", "{{}}", "{{ a\nb }}"])
    def test_it_stays_as_it_was_typed(self, text: str) -> None:
        assert " ".join(text.split()) in shown(with_body(text), READER)

    def test_braces_are_written_with_a_backslash(self) -> None:
        edition = with_body(r"Write \{{ name }}", subject=r"On \{{ name }}, {{ name }}")
        assert "Write {{ name }}" in shown(edition, READER)
        assert "Write {{ name }}" in preview(edition, READER)[1]
        assert parsed(built(edition))["Subject"] == "On {{ name }}, Grace Hopper"

    def test_two_backslashes_are_one_and_a_placeholder(self) -> None:
        assert r"Write \Grace Hopper" in shown(with_body(r"Write \\{{ name }}"), READER)

    def test_code_is_left_alone(self) -> None:
        edition = with_body("`{{ name }}`\n\n```\n{{ name }} {{ address|x }}\n```")
        for copy in (shown(edition, READER), preview(edition, READER)[1]):
            assert copy.count("{{ name }}") == 2
            assert "{{ address|x }}" in copy

    def test_titles_are_the_same_for_everyone(self) -> None:
        edition = rendered(an_issue(an_entry("On {{ name }}"), title="About {{ name }}"))
        assert "About {{ name }}" in shown(edition, READER)
        assert "On {{ name }}" in shown(edition, READER)

    def test_a_fallback_may_hold_anything_but_braces(self) -> None:
        edition = with_body("{{ attribute.x|a | <b> & “c” }}")
        assert "a | <b> & “c”" in shown(edition, READER)

    def test_they_can_be_listed_with_what_is_wrong(self) -> None:
        found = placeholders_in(r"{{ name|a }} {{nmae}} \{{ address }} {{ attribute.Last Name }}")
        assert [(one.field, one.slot is not None) for one in found] == [
            ("name", True),
            ("nmae", False),
            ("attribute.Last Name", True),
        ]

    def test_reading_them_takes_linear_time(self) -> None:
        for text in ("{" * 300_000, "\\" * 300_000, "{{ name " * 100_000, "{{" + "a" * 300_000):
            assert placeholders_in(text) == []


class TestLinks:
    BODY = "[Your page]({{ attribute.page|https://example.org/all }})"

    def href(self, edition: RenderedEdition, values: ReaderValues) -> str:
        tree = html.fromstring(preview(edition, values)[0])
        return next(a.get("href") for a in tree.iter("a") if a.text_content() == "Your page")

    def test_a_reader_has_one_of_their_own(self) -> None:
        own = "https://example.org/me?a=1&b=%20"
        assert self.href(with_body(self.BODY), reader(page=own)) == own
        assert own in preview(with_body(self.BODY), reader(page=own))[1]

    @pytest.mark.parametrize(
        "page",
        [
            None,
            "javascript:alert(1)",
            "http://example.org/",
            "https://good.example@evil.example/",
            'https://example.org/" onclick="x',
            "https://example.org/a b",
            "//example.org",
            "https://",
            "https://example.org/" + "x" * 5000,
            "https://example.org\r\nBcc: x",
        ],
    )
    def test_anything_else_gives_way_to_the_fallback(self, page: object) -> None:
        edition = with_body(self.BODY)
        assert self.href(edition, reader(page=page)) == "https://example.org/all"
        assert "https://example.org/all" in preview(edition, reader(page=page))[1]

    @pytest.mark.parametrize("fallback", ["", "|nowhere", "|javascript:alert(1)"])
    def test_one_that_could_lead_nowhere_is_refused(self, fallback: str) -> None:
        with pytest.raises(InvalidInput, match="is empty for subscribers"):
            with_body(f"[x](<{{{{ attribute.page{fallback} }}}}>)")

    def test_a_value_within_an_address_is_percent_encoded(self) -> None:
        edition = with_body("[Your page](https://example.org/?q={{attribute.q|none}}&a=1)")
        assert self.href(edition, reader(q="a&b=c/é")) == (
            "https://example.org/?q=a%26b%3Dc%2F%C3%A9&a=1"
        )
        assert self.href(edition, READER) == "https://example.org/?q=none&a=1"


class TestHostileValues:
    @pytest.mark.parametrize("value", HOSTILE)
    def test_none_breaks_a_mail(self, value: str) -> None:
        edition = with_body(
            "Dear {{ name|reader }}, **{{ attribute.x|b }}** [l](https://a.example/{{attribute.x}})",
            subject="{{ name|Friend }} and {{ attribute.x }}",
        )
        values = replace(READER, name=value, attributes={"x": value})
        raw = built(edition, values)
        message = parsed(raw)
        assert message["Bcc"] is None
        assert len(raw) < 40_000
        page = message.get_body(("html",)).get_content()
        assert "<script" not in page
        assert 'onclick="x' not in page
        assert "49" not in message["Subject"]
        tags = [el.tag for el in html.fromstring(page).iter() if isinstance(el.tag, str)]
        innocent = html.fromstring(preview(edition, READER)[0])
        assert tags == [el.tag for el in innocent.iter() if isinstance(el.tag, str)]

    @settings(max_examples=60, deadline=None)
    @given(
        name=st.text(max_size=60),
        value=st.one_of(st.none(), st.booleans(), st.floats(), st.text(), st.lists(st.text())),
    )
    def test_any_value_makes_a_message_without_a_defect(self, name: str, value: object) -> None:
        raw = built(EDITION, replace(READER, name=name, attributes={"x": value}))
        assert max(len(line) for line in raw.split(b"\r\n")) <= 998
        assert READER.unsubscribe_url in parsed(raw).get_body(("plain",)).get_content()


EDITION = with_body(
    "{{ name|a }} [x](https://a.example/{{attribute.x}}) {{ attribute.x }}",
    subject="{{ name }}: {{ attribute.x|é }}",
)
