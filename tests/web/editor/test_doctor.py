"""The doctor's page: before the first look, and after it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from newsletter.config import Settings
from newsletter.domain.operations.diagnoses import Diagnosis, Health, good
from newsletter.store.examinations import keep_examination
from newsletter.usecases.context import Context


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a relay: in the sandbox nothing that the doctor finds stops mail."""
    return replace(settings, smtp_url="smtp://relay.example:587")


def test_the_page_says_what_was_found_and_what_mends_it(editor: Any, context: Context) -> None:
    assert "Nothing has been looked at yet" in editor.get("/editor/doctor/")
    sick = Diagnosis(Health.ERROR, "spf", "example.org", "<no record>", "Because.", "v=spf1 ~all")
    rows = [sick.to_json(), good("mx", "example.org", "Mail comes back.").to_json()]
    with context.database.write() as session:
        keep_examination(session, "", context.now(), rows)
    page = editor.get("/editor/doctor/")
    assert "&lt;no record&gt;" in page
    assert "v=spf1 ~all" in page
    assert "What is in order (1)" in page
    (ailment,) = re.findall(r'<li class="break">(.+?)</li>', editor.get("/editor/"))
    assert "This installation" in ailment
    assert ": spf (example.org)" in ailment
    with context.database.write() as session:
        keep_examination(session, "", context.now(), rows[1:])
    assert "The doctor found" not in editor.get("/editor/")
