"""A proof for colleagues, from the editor's pages and from the command line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from newsletter.domain.outbox import OutboxKind
from newsletter.store.models import OutboxMessage
from newsletter.usecases.context import Context
from newsletter.usecases.newsletters.show_newsletters import show_newsletters
from tests.support.builders import a_newsletter, an_issue
from tests.support.principals import EDITOR
from tests.web.editor.conftest import Person, words


@pytest.fixture
def proof_page(context: Context, editor: Person) -> str:
    assert show_newsletters(context, EDITOR)
    issue = an_issue(context, a_newsletter(context))
    return f"/editor/issues/{issue.id}/proof"


@pytest.fixture
def proofs(context: Context) -> Callable[[], list[dict[str, object]]]:
    def proofs() -> list[dict[str, object]]:
        with context.database.read() as session:
            kind = OutboxMessage.kind == OutboxKind.PROOF
            return list(session.scalars(select(OutboxMessage.payload).where(kind)))

    return proofs


def test_several_colleagues_get_one_each(
    editor: Person, proof_page: str, proofs: Callable[[], list[dict[str, object]]]
) -> None:
    typed = "grace@example.org, alan@example.org\nGrace@example.org"
    answer = editor.submit(proof_page, addresses=typed, note="Is it true?", status=303)
    assert "2 colleagues" in words(editor.get(answer.location))
    assert {row["address"].lower() for row in proofs()} == {"grace@example.org", "alan@example.org"}
    assert {row["note"] for row in proofs()} == {"Is it true?"}


def test_an_address_that_is_none_is_told_and_what_was_typed_is_kept(
    editor: Person, proof_page: str, proofs: Callable[[], list[dict[str, object]]]
) -> None:
    answer = editor.submit(proof_page, addresses="nobody", note="Look", status=400)
    assert 'id="addresses-problem"' in answer.text
    assert "nobody" in answer.text
    assert "Look" in answer.text
    assert proofs() == []


def test_the_preview_leads_there(editor: Person, proof_page: str) -> None:
    assert proof_page in editor.get(proof_page.replace("/proof", "/preview"))
