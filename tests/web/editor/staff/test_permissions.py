"""An editor without a permission gets a page that says which one."""

from __future__ import annotations

import pytest

from newsletter.domain.staff import principals
from newsletter.domain.staff.scopes import ALL_SCOPES, Scope
from newsletter.usecases.context import Context
from tests.support.builders import a_newsletter, an_issue
from tests.web.editor.conftest import Person, words


def test_what_an_editor_may_not_do_is_refused_with_403_and_the_permission_it_needs(
    context: Context, editor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = an_issue(context, a_newsletter(context))
    monkeypatch.setattr(principals, "ALL_SCOPES", ALL_SCOPES - {Scope.ISSUES_SEND})
    refused = editor.get(f"/editor/issues/{issue.id}/cancel", status=403)
    assert "You need to be an editor of the newsletter to do this." in words(refused)
