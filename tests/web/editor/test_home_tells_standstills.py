"""Home says what stands still, with the details that strangers don't see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from newsletter.app import create_app
from newsletter.config import Settings
from newsletter.delivery.judge_attempt import record_relay_trouble
from newsletter.delivery.sweep import tick
from newsletter.domain.delivery.outcomes import RelayTrouble
from newsletter.domain.delivery.smtp_replies import Stage
from newsletter.mail.smtp.relay import relay_names
from newsletter.usecases.context import Context
from tests.conftest import Clock
from tests.web.editor.conftest import Person

HEADING = "Something needs attention"


@pytest.fixture
def app(settings: Settings, clock: Clock) -> Flask:
    """On the test's own clock."""
    app = create_app(settings, now=lambda: clock.now)
    app.testing = True
    return app


def test_nothing_is_said_while_everything_works(context: Context, editor: Person) -> None:
    tick(context)
    assert HEADING not in editor.get("/editor/")


def test_a_ticker_that_fell_silent_is_told(context: Context, editor: Person, clock: Clock) -> None:
    tick(context)
    clock.advance(timedelta(minutes=2))
    home = editor.get("/editor/")
    assert HEADING in home
    assert "No ticker for 120 seconds." in home


def test_a_relay_that_takes_no_mail_is_told_with_its_words(
    context: Context, editor: Person, clock: Clock
) -> None:
    tick(context)
    trouble = RelayTrouble(Stage.CONNECT, "535 5.7.8 wrong password")
    with context.database.write() as session:
        for name in relay_names(context.settings):
            record_relay_trouble(session, context.settings, name, trouble, clock.now)
    home = editor.get("/editor/")
    assert "The mail relay takes no mail." in home
    assert "535 5.7.8 wrong password" in home
