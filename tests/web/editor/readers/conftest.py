"""A newsletter with its list, and files that are uploaded to it."""

from __future__ import annotations

import io
from typing import Any

import pytest

from newsletter.store.models import Newsletter, Subscription
from newsletter.store.readers.subscriptions import find_subscriber, find_subscription
from newsletter.usecases.context import Context
from tests.support.builders import a_newsletter
from tests.web.editor.conftest import Person


@pytest.fixture
def notes(context: Context) -> Newsletter:
    return a_newsletter(context, slug="notes")


LIST = "/editor/newsletters/notes/subscribers"


def subscription(context: Context, newsletter: Any, address: str) -> Subscription | None:
    with context.database.read() as session:
        subscriber = find_subscriber(session, address)
        return subscriber and find_subscription(session, newsletter.id, subscriber.id)


def upload(
    editor: Person, content: str | bytes, consent: str = "a sheet", name: str = "list.csv"
) -> Any:
    token = editor.fields(f"{LIST}/import", "")["csrf_token"]
    data = content.encode() if isinstance(content, str) else content
    return editor.client.post(
        f"{LIST}/import",
        data={
            "csrf_token": token,
            "consent": consent,
            "file": (io.BytesIO(data), name),
        },
        content_type="multipart/form-data",
    )
