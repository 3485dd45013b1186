"""The doctor looks once a day, in a process of its own, whichever ticker comes first."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.domain.operations.diagnoses import Diagnosis, Health
from newsletter.domain.outbox import OutboxKind
from newsletter.runtime.daily_doctor import COMMAND, DailyDoctor
from newsletter.store.outbox import count_since
from newsletter.usecases.context import Context
from newsletter.usecases.operations.examine import keep_examinations
from newsletter.usecases.operations.last_examinations import Examination
from tests.conftest import Clock
from tests.support.builders import a_newsletter, an_editor
from tests.support.services.up import eventually

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_it_looks_once_a_day_among_all_tickers(
    context: Context, clock: Clock, tmp_path: Path
) -> None:
    context = replace(context, settings=replace(context.settings, smtp_url="smtp://r.test"))
    looked = tmp_path / "looked"
    writes = f"import os; open({str(looked)!r}, 'a').write(os.environ['SMTP_URL'])"
    one, two = (DailyDoctor(context, (sys.executable, "-c", writes)) for _ in range(2))
    assert not one.look_when_due()
    clock.advance(timedelta(days=1))
    assert [two.look_when_due(), one.look_when_due()] == [True, False]
    eventually(lambda: looked.is_file() and looked.read_text() == "smtp://r.test", "it looks")
    assert COMMAND[-2:] == ("doctor", "--json")


def test_what_it_found_is_told_once_it_has_looked(context: Context, clock: Clock) -> None:
    context = replace(context, settings=replace(context.settings, smtp_url="smtp://r.test"))
    a_newsletter(context)
    an_editor(context, address="ops@example.org", administrator_since=context.now())
    doctor = DailyDoctor(context, (sys.executable, "-c", ""))
    doctor.look_when_due()
    clock.advance(timedelta(days=1))
    assert doctor.look_when_due()
    fault = Diagnosis(Health.ERROR, "spf", "example.org", "There is no record.")
    keep_examinations(context, [Examination("notes", "Notes", context.now(), (fault,))])

    def mails() -> int:
        doctor.look_when_due()
        with context.database.read() as session:
            return count_since(session, OutboxKind.DOCTOR, clock.now - timedelta(hours=1))

    eventually(lambda: mails() == 1, "it tells")


def test_nothing_is_looked_at_while_mail_goes_to_the_sandbox(
    context: Context, clock: Clock
) -> None:
    context = replace(context, settings=replace(context.settings, smtp_url=""))
    doctor = DailyDoctor(context)
    doctor.look_when_due()
    clock.advance(timedelta(days=2))
    assert not doctor.look_when_due()
