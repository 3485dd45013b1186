"""A newsletter's settings, and the page that says what to do next."""

from __future__ import annotations

import re

from newsletter.store.models import Section
from newsletter.store.newsletters import newsletter_by_id
from newsletter.usecases.context import Context
from newsletter.usecases.issues.templates import save_template
from newsletter.usecases.newsletters.show_newsletters import show_newsletters
from tests.support.builders import an_issue
from tests.support.principals import EDITOR
from tests.web.editor.conftest import Person, words

NEW = "/editor/newsletters/new"
SETTINGS = "/editor/newsletters/news"


def test_home_says_what_to_do_first(editor: Person) -> None:
    home = words(editor.get("/editor/"))
    assert "Postal address" in home
    assert "Paste your first digest" in home


def test_settings_are_saved_and_the_list_of_what_is_lacking_gets_shorter(editor: Person) -> None:
    assert "Before you can send the first issue" in editor.get(SETTINGS)
    editor.submit(
        SETTINGS,
        postal_address="1 Garden Lane\n10115 Berlin",
        time_zone="Europe/Berlin",
        status=303,
    )
    page = editor.get(SETTINGS)
    assert "Before you can send the first issue" not in page
    assert "1 Garden Lane" in page


def test_the_list_of_the_parts_of_the_settings_names_each_once(editor: Person) -> None:
    page = editor.get(SETTINGS)
    listed = re.findall(r'<a href="#([a-z]+)">', page.partition("Parts of the settings")[2])
    assert listed == re.findall(r'<fieldset id="([a-z]+)" class="part">', page)
    assert len(listed) == 9


def test_bad_values_are_told_at_their_fields_and_what_was_typed_is_kept(editor: Person) -> None:
    answer = editor.submit(
        SETTINGS,
        name="Kept as typed",
        sender_address="not an address",
        time_zone="Mars/Olympus",
        status=400,
    )
    assert 'id="sender_address-problem"' in answer.text
    assert 'id="time_zone-problem"' in answer.text
    assert 'value="Kept as typed"' in answer.text
    assert 'value="Mars/Olympus"' in answer.text
    page = editor.get("/editor/")
    assert "Kept as typed" in page
    assert "Mars/Olympus" not in page


def test_a_second_newsletter_is_made_and_stands_beside_the_first(editor: Person) -> None:
    answer = editor.submit(NEW, name="Field Notes", slug="field-notes", status=303)
    assert answer.location == "/editor/newsletters/field-notes"
    home = editor.get("/editor/")
    assert "Field Notes" in home
    assert "My newsletter" in home


def test_a_short_name_that_is_taken_is_told_at_its_field(editor: Person) -> None:
    answer = editor.submit(NEW, name="Another", slug="news", status=400)
    assert 'id="slug-problem"' in answer.text


def test_a_newsletter_that_does_not_exist_is_not_found(editor: Person) -> None:
    editor.get("/editor/newsletters/nothing", status=404)
    editor.get("/editor/newsletters/nothing/issues", status=404)
    editor.get("/editor/issues/9999", status=404)
    editor.get(f"/editor/issues/{2**70}", status=404)


def test_sections_that_readers_can_mute_are_typed_or_taken_from_templates(
    context: Context, editor: Person
) -> None:
    profile = show_newsletters(context, EDITOR)[0]
    with context.database.read() as session:
        newsletter = newsletter_by_id(session, profile.id)
    issue = an_issue(context, newsletter)
    with context.database.write() as session:
        session.get_one(Section, issue.sections[0].id).title = "Jobs"
    save_template(context, issue.id, "Weekly", EDITOR)
    assert "In your templates: Jobs." in words(editor.get(SETTINGS))
    wrong = editor.submit(SETTINGS, reader_sections="Jobs; Events", status=400)
    assert "Use names without semicolons." in words(wrong.text)
    editor.submit(SETTINGS, reader_sections="Jobs\n\njobs\nEvents", status=303)
    profile = show_newsletters(context, EDITOR)[0]
    assert (profile.sections, profile.asks_sections_at_signup) == (("Jobs", "Events"), True)
    assert "In your templates" not in editor.get(SETTINGS)


def test_a_look_is_saved_and_shown_again(editor: Person) -> None:
    editor.submit(SETTINGS, theme_header="#0b3d2e", theme_width="640", status=303)
    page = editor.get(SETTINGS)
    assert 'name="theme_header" value="#0b3d2e"' in page
    assert 'name="theme_width" value="640"' in page


def test_colours_that_can_not_be_read_are_refused_with_pair_and_ratio(editor: Person) -> None:
    answer = editor.submit(SETTINGS, theme_link="#fca311", theme_width="9000", status=400)
    assert 'id="theme_width-problem"' in answer.text
    answer = editor.submit(SETTINGS, theme_link="#fca311", status=400)
    assert 'id="theme_link-problem"' in answer.text
    assert "The contrast of the links (#fca311) on the" in answer.text
    assert 'name="theme_link" value="#fca311"' in answer.text


def test_a_form_that_says_nothing_of_the_look_leaves_it(editor: Person) -> None:
    editor.submit(SETTINGS, theme_header="#0b3d2e", status=303)
    fields = editor.fields(SETTINGS)
    fields.pop("__target__")
    kept = {name: value for name, value in fields.items() if not name.startswith("theme_")}
    editor.client.post(SETTINGS, data=kept)
    assert 'value="#0b3d2e"' in editor.get(SETTINGS)


def test_a_sample_shows_colours_before_they_are_saved(editor: Person) -> None:
    answer = editor.client.get(f"{SETTINGS}/theme-sample?theme_header=%230b3d2e&theme_text=x")
    assert "#0b3d2e" in answer.text
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]


def test_one_wrong_setting_does_not_keep_the_others_from_being_saved(
    context: Context, editor: Person
) -> None:
    typed = {
        "name": "Field Notes",
        "time_zone": "Europe/Atlantis",
        "undo_minutes": "never",
        "description": "Written for an hour.",
        "theme_width": "9000",
        "theme_link": "#0645ad",
    }
    page = editor.submit(SETTINGS, **typed, status=400).text
    profile = show_newsletters(context, EDITOR)[0]
    assert (profile.name, profile.description) == ("Field Notes", "Written for an hour.")
    assert profile.time_zone == "UTC"
    assert profile.theme.get("link") == "#0645ad"
    assert "width" not in profile.theme
    assert "Saved, except for what is marked below." in words(page)
    assert '<nav aria-label="Field Notes">' in page, "the frame has the new name, too"
    for field in ("time_zone", "undo_minutes", "theme_width"):
        assert f'id="{field}-problem"' in page, field
    assert 'value="Europe/Atlantis"' in page
    assert 'value="never"' in page


def test_colours_that_can_t_be_read_together_stay_as_they_were(
    context: Context, editor: Person
) -> None:
    colours = {"theme_link": "#ffffff", "theme_accent": "#7a4b00"}
    editor.submit(SETTINGS, description="Kept", **colours, status=400)
    profile = show_newsletters(context, EDITOR)[0]
    assert profile.description == "Kept"
    assert "link" not in profile.theme
