"""Administrators get one email for each change that the doctor finds, while mail can leave."""

from __future__ import annotations

import email
from collections.abc import Sequence
from email import policy

import pytest
from sqlalchemy import select

from newsletter.domain.operations.diagnoses import Diagnosis, Health, good, unknown
from newsletter.domain.outbox import OutboxKind
from newsletter.store.models import OutboxMessage
from newsletter.usecases.context import Context
from newsletter.usecases.operations.examine import keep_examinations
from newsletter.usecases.operations.last_examinations import Examination
from newsletter.usecases.operations.tell_faults import tell_faults
from newsletter.usecases.outbox.compose_mail import compose_mail
from tests.support.builders import a_newsletter, an_editor

SPF = Diagnosis(Health.ERROR, "spf", "example.org", "There is no record.", mend="v=spf1 mx -all")
PTR = Diagnosis(Health.ERROR, "ptr", "192.0.2.1", "It has no name.")
DOWN = Diagnosis(Health.ERROR, "relay", "smtp.example.org", "It takes no mail.")
UP = good("relay", "smtp.example.org", "It answers.")


@pytest.fixture
def context(context: Context) -> Context:
    an_editor(context, address="ops@example.org", administrator_since=context.now())
    a_newsletter(context)
    return context


def look(context: Context, *diagnoses: Diagnosis) -> list[OutboxMessage]:
    """What is told after the doctor has found this."""
    made = Examination("notes", "Notes", context.now(), diagnoses)
    keep_examinations(context, [made])
    added = tell_faults(context)
    with context.database.read() as session:
        wanted = select(OutboxMessage).where(OutboxMessage.id.in_(added))
        return list(session.scalars(wanted))


def told(context: Context, rows: Sequence[OutboxMessage]) -> str:
    [row] = rows
    assert row.kind == OutboxKind.DOCTOR
    mail = compose_mail(context, row)
    assert mail.envelope.recipient == "ops@example.org"
    message = email.message_from_bytes(mail.message, policy=policy.default)
    text = message.get_body(("plain",))
    assert text is not None
    return " ".join(text.get_content().split())


def test_a_fault_is_told_once_and_so_is_its_end(context: Context) -> None:
    text = told(context, look(context, SPF, UP))
    assert "New: spf, example.org (notes). There is no record. To fix it: v=spf1 mx -all" in text
    assert look(context, SPF, UP) == []
    text = told(context, look(context, SPF, PTR, UP))
    assert "ptr, 192.0.2.1" in text
    assert "spf" not in text
    text = told(context, look(context, PTR, UP))
    assert "Mended: spf, example.org (notes)." in text
    assert "ptr" not in text


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_no_answer_mends_nothing_and_a_dead_relay_is_left_to_the_home_page(
    context: Context,
) -> None:
    look(context, SPF, UP)
    assert look(context, unknown("spf", "example.org", "No answer."), UP) == []
    assert look(context, SPF, UP) == []
    assert look(context, SPF, PTR, DOWN) == []
    assert "ptr" in told(context, look(context, SPF, PTR, UP))
