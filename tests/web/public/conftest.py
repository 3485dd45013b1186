"""Readers at the public pages, and looks behind them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from newsletter.app import create_app
from newsletter.config import Settings
from newsletter.domain.readers.addresses import hashed_address
from newsletter.domain.readers.consent import SuppressionReason, SuppressionSource
from newsletter.store.models import (
    Consent,
    Newsletter,
    OutboxMessage,
    Subscriber,
    Subscription,
)
from newsletter.store.readers.subscriptions import evidence_of, find_subscriber
from newsletter.store.readers.suppressions import Cause, suppress_subscriber
from newsletter.usecases.context import Context
from tests.conftest import Clock
from tests.support.builders import a_newsletter, a_subscriber
from tests.support.principals import by


@pytest.fixture
def app(settings: Settings, clock: Clock) -> Flask:
    """On the test's own clock."""
    app = create_app(settings, now=lambda: clock.now)
    app.testing = True
    return app


@pytest.fixture
def newsletter(context: Context) -> Newsletter:
    return a_newsletter(context, slug="field-notes", name="Field Notes")


@dataclass
class Readers:
    """What people do with forms, cookies and all, and what the database says then."""

    client: Any
    context: Context

    def open_form(self, url: str = "/n/field-notes") -> dict[str, str]:
        """The hidden fields of the page's form."""
        page = self.client.get(url).text
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))

    def sign_up(self, address: str, *, url: str = "/n/field-notes", **fields: str) -> Any:
        form = self.open_form(url)
        return self.client.post(url, data={**form, "address": address, **fields})

    def subscription(self, address: str) -> Subscription | None:
        with self.context.database.read() as session:
            subscriber = find_subscriber(session, address)
            if subscriber is None:
                return None
            return session.scalar(
                select(Subscription).where(Subscription.subscriber_id == subscriber.id)
            )

    def state(self, address: str) -> str | None:
        subscription = self.subscription(address)
        return subscription.state if subscription else None

    def evidence(self, address: str) -> list[Consent]:
        subscription = self.subscription(address)
        assert subscription is not None
        with self.context.database.read() as session:
            return evidence_of(session, subscription.id)

    def outbox(self) -> list[OutboxMessage]:
        with self.context.database.read() as session:
            return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))

    def addresses(self) -> list[str | None]:
        with self.context.database.read() as session:
            return list(session.scalars(select(Subscriber.address).order_by(Subscriber.id)))

    def confirm_path(self, address: str) -> str:
        """The link of the latest confirmation, as the mail would have it."""
        subscription = self.subscription(address)
        assert subscription is not None
        asks = [e.id for e in self.evidence(address) if e.kind == "asked"]
        token = self.context.signer.sign_confirmation(subscription.id, asks[-1] if asks else 0)
        return f"/confirm/{token}"


@pytest.fixture
def readers(client: Any, context: Context, newsletter: Newsletter) -> Readers:
    return Readers(client, context)


@pytest.fixture
def make_client(settings: Settings, clock: Clock) -> Callable[..., Any]:
    """A client of an app with some settings changed."""

    def make(**changed: Any) -> Any:
        app = create_app(replace(settings, **changed), now=lambda: clock.now)
        app.testing = True
        return app.test_client()

    return make


def suppress(context: Context, address: str, newsletter: Newsletter) -> None:
    subscription = a_subscriber(context, newsletter, address=address)
    with context.database.write() as session:
        subscriber = session.get_one(Subscriber, subscription.subscriber_id)
        suppress_subscriber(
            session,
            subscriber,
            address=hashed_address(address, context.settings.address_hash_key.encode()),
            cause=Cause(SuppressionReason.EDITOR, SuppressionSource.EDITOR, "asked by phone"),
            who=by("ada"),
            now=context.now(),
        )
