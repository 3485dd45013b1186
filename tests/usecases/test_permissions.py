"""Every use case that an editor, an operator or a token can ask for checks who is asking."""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

import newsletter.cli
import newsletter.usecases
import newsletter.web.editor
from newsletter.domain.checks.left_out import Place
from newsletter.domain.errors import Forbidden, NewsletterError, NotFound
from newsletter.domain.feedback.doubts import Decision
from newsletter.domain.feedback.later_facts import LaterKind
from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.issues.issue_things import ISSUE, Kind
from newsletter.domain.newsletters.sponsors import Sponsor
from newsletter.domain.readers.audiences import Audience
from newsletter.domain.sending.calendars import Month
from newsletter.domain.staff.permissions import PERMISSIONS
from newsletter.domain.staff.principals import Principal
from newsletter.domain.staff.roles import ROLE_SCOPES, Role
from newsletter.domain.staff.scopes import ALL_SCOPES, Scope
from newsletter.reading.subscriber_lists.choices import ListChoices
from newsletter.spool.presence import Here, Presence
from newsletter.store.newsletters import profile_of
from newsletter.store.sending.resends import Ended
from newsletter.usecases.context import Context
from newsletter.usecases.issues.keep_things import NewThing
from newsletter.usecases.newsletters.save_newsletter import NewsletterSettings
from newsletter.usecases.newsletters.show_newsletters import show_newsletters
from newsletter.usecases.pictures.add_picture import NewPicture
from newsletter.usecases.pictures.use_picture import UsedAs
from newsletter.usecases.readers.add_subscriber import NewSubscriber
from newsletter.usecases.readers.change_many import Chosen, ManyChange, What
from newsletter.usecases.readers.list_subscribers import SubscriberFilter
from newsletter.usecases.readers.take_rows import Source
from newsletter.usecases.staff.audit import AuditFilter
from tests.support.archives import opening
from tests.support.builders import a_newsletter, a_subscriber, an_editor, an_issue
from tests.support.principals import EDITOR

FILTERED = {
    "doctor_alarms",
    "feedback_alarms",
    "find_anything",
    "find_by_address",
    "list_doubts",
    "list_feedback",
    "show_calendar",
    "show_deliveries",
    "show_message",
    "show_newsletters",
}
"""They show what the principal may see, and hide the rest instead of refusing."""

OF_THE_WHOLE_SERVICE = {
    "add_editor",
    "make_administrator",
    "dismiss_administrator",
    "create_newsletter",
    "export_audit",
    "list_audit",
    "export_suppressions",
    "find_address",
    "import_suppressions",
    "lift_address",
    "list_editors",
    "list_suppressions",
    "make_sign_in_link",
    "remove_editor",
    "reset_second_factor",
    "examine",
    "last_examinations",
    "resume_relay",
    "back_up",
    "restore_database",
    "restore_files",
    "sender_domains",
    "relay_status",
    "suppress_address",
    "suppress_subscriber",
}
"""They concern no single newsletter, or none is named, so that a principal limited to some is
refused.
"""

ASK_NOBODY = {
    # Someone who is not signed in yet, or asks about themselves.
    "check_sign_in_link",
    "confirm_password",
    "find_signed_in",
    "sign_out",
    "accept_invitation",
    "open_invitation",
    "list_sessions",
    "end_own_session",
    "end_own_other_sessions",
    "is_any_device",
    "is_known_device",
    "request_sign_in_link",
    "save_account",
    "finish_with_code",
    "begin_reset",
    "check_reset_link",
    "go_on_with_code",
    "request_password_reset",
    "require_may_reset",
    "reset_password",
    "list_factors",
    "factors_of",
    "ask_new_passkey",
    "add_passkey",
    "remove_passkey",
    "ask_passkey",
    "sign_in_with_passkey",
    "finish_with_passkey",
    "go_on_with_passkey",
    "confirm_with_passkey",
    "offer_app",
    "add_app",
    "remove_app",
    "renew_recovery_codes",
    "confirm_session",
    "is_confirmed",
    "needs_code",
    "sign_in_with_link",
    "sign_in_with_password",
    "sign_out_everywhere",
    # The service's own work, which a command only does sooner.
    "judge_again",
    "judge_new",
    "store_arrivals",
    # Says nothing that is anyone's own; probes ask it, too.
    "standstills",
}


def modules_of(package: Any) -> list[Any]:
    found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return [importlib.import_module(one.name) for one in found if "__main__" not in one.name]


def parameters_of(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


def use_cases_with_a_principal() -> dict[str, Callable[..., Any]]:
    """A building block of others works in their session, and is no use case."""
    return {
        name: function
        for module in modules_of(newsletter.usecases)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith(("_", "require"))
        if {"context", "principal"} <= set(parameters_of(function))
        if "session" not in parameters_of(function)
    }


def use_cases_imported_by(folder: Path) -> Iterator[tuple[str, Any]]:
    """Read from the source: a command imports what it needs when it runs."""
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and "newsletter.usecases" in (node.module or ""):
                module = importlib.import_module(node.module or "")
                found = ((one.name, getattr(module, one.name)) for one in node.names)
                yield from ((name, one) for name, one in found if inspect.isfunction(one))


USE_CASES = use_cases_with_a_principal()


def a_principal(**values: Any) -> Principal:
    return replace(EDITOR, **values)


@pytest.fixture
def given(context: Context) -> dict[str, Any]:
    """By the names of their parameters, what the use cases are called with."""
    newsletter = a_newsletter(context)
    issue = an_issue(context, newsletter, entries=0)
    return {
        "context": context,
        "newsletter_id": newsletter.id,
        "slug": newsletter.slug,
        "profile": profile_of(newsletter),
        "issue_id": issue.id,
        "subscriber_id": a_subscriber(context, newsletter).subscriber_id,
        "upload_id": 1,
        "inbound_id": 1,
        "choices": ListChoices(),
        "changes": {},
        "version": 1,
        "content": IssueContent("", "", "", "", None, ()),
        "text": "A title\nexample.org\nIts text.\n",
        "url": "not an address",
        "source": Source("They asked."),
        "new": NewSubscriber("bo@example.org", "They asked."),
        "wanted": SubscriberFilter(),
        "problems": {},
        "user_id": an_editor(context).id,
        "values": {},
        "typed": {},
        "typed_address": "",
        "address": "bo@example.org",
        "addresses": ["bo@example.org"],
        "role": Role.EDITOR,
        "invitation_id": 1,
        "name": "Bo",
        "note": "",
        "reason": "They asked.",
        "lines": ["bo@example.org\n"],
        "kind": LaterKind.HARD,
        "kinds": list(Ended),
        "local_time": datetime(2030, 1, 7, 9, 0),
        "path": context.settings.var_dir / "nowhere" / "newsletter.backup",
        "departures": [],
        "fold": None,
        "piece": 0,
        "place": Place.DROP,
        "open_archive": opening({"1.md": "- [A](https://a.example)\n"}),
        "how": "sum",
        "parameters": "",
        "thing": ISSUE,
        "texts": {},
        "base": {},
        "section": None,
        "after": None,
        "addition": NewThing(Kind.ENTRY),
        "since": 0,
        "version_id": 1,
        "presence": Presence(""),
        "here": Here("a", 1, "Ada", ""),
        "upload": NewPicture(b""),
        "picture_id": 1,
        "edit": lambda content: content,
        "template_id": 1,
        "sponsor_id": 1,
        "label": "Partner",
        "thing_id": 1,
        "booking": Sponsor("Acme", "", "", date(2030, 1, 7), date(2030, 1, 7)),
        "alt": "",
        "chosen": Chosen(),
        "change": ManyChange(What.TAG, "new"),
        "audience": Audience(),
        "columns": (),
        "filter_id": 1,
        "note_id": 1,
        "month": Month(date(2030, 1, 1)),
        "pairs": [("tag", "berlin")],
        "used_as": UsedAs.LOGO,
        "decision": Decision.DISMISSED,
    }


def refusal_of(name: str, given: dict[str, Any], principal: Principal) -> str:
    """The name that the refusal gives; "" when it is not refused, whatever else may be wrong."""
    try:
        call(name, given, principal)
    except Forbidden as error:
        return error.use_case
    except NewsletterError:
        return ""
    return ""


def answer_to(name: str, given: dict[str, Any], principal: Principal) -> str:
    """What the error says; "" without one, and for what comes after the check."""
    try:
        call(name, given, principal)
    except (Forbidden, NotFound) as error:
        return error.message
    except NewsletterError:
        return ""
    return ""


def limited_to(newsletter_id: int, scopes: frozenset[Scope] = ALL_SCOPES) -> Principal:
    return a_principal(scopes=frozenset(), by_newsletter={newsletter_id: scopes})


def call(name: str, given: dict[str, Any], principal: Principal) -> None:
    if name in {"create_newsletter", "save_newsletter", "save_valid_settings"}:
        given = {**given, "wanted": NewsletterSettings(name="Other Notes")}
    if name == "preview_typed":
        given = {**given, "typed": lambda content: content}
    if name in {"list_audit", "export_audit"}:
        given = {**given, "wanted": AuditFilter()}
    given = {**given, "file": io.BytesIO(b"address\nbo@example.org\n"), "principal": principal}
    parameters = inspect.signature(USE_CASES[name]).parameters
    needed = [name for name, one in parameters.items() if one.default is one.empty]
    result = USE_CASES[name](**{name: given[name] for name in needed})
    if isinstance(result, AbstractContextManager):
        with result:
            pass


def test_the_table_names_every_use_case_that_takes_a_principal_and_no_other() -> None:
    assert set(USE_CASES) == set(PERMISSIONS)


def test_what_editors_pages_and_commands_call_takes_a_principal() -> None:
    asked = {
        name
        for package in (newsletter.web.editor, newsletter.cli)
        for name, function in use_cases_imported_by(Path(package.__path__[0]))
        if parameters_of(function)[:1] == ["context"] and not name.startswith("require")
    }
    assert asked - ASK_NOBODY <= set(PERMISSIONS)


def test_each_is_refused_without_its_scope(given: dict[str, Any]) -> None:
    refused = {
        name: refusal_of(name, given, a_principal(scopes=ALL_SCOPES - {scope}))
        for name, scope in PERMISSIONS.items()
    }
    assert refused == {name: name for name in PERMISSIONS}


def test_a_newsletter_of_others_is_answered_as_one_that_does_not_exist(
    given: dict[str, Any],
) -> None:
    elsewhere = a_newsletter(given["context"])
    limited = limited_to(elsewhere.id)
    nothing = {**given, "newsletter_id": 10**6, "slug": "nothing", "issue_id": 10**6}
    answers = {name: answer_to(name, given, limited) for name in PERMISSIONS}
    assert answers == {name: answer_to(name, nothing, limited) for name in PERMISSIONS}
    assert {name for name, answer in answers.items() if not answer} <= FILTERED


def test_none_is_refused_with_its_scope_alone_on_its_own_newsletter(given: dict[str, Any]) -> None:
    own = given["newsletter_id"]
    refused = {
        name
        for name, scope in PERMISSIONS.items()
        if refusal_of(name, given, limited_to(own, frozenset({scope})))
    }
    assert refused == OF_THE_WHOLE_SERVICE


@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_what_its_scopes_allow_and_nothing_else(
    given: dict[str, Any], role: Role
) -> None:
    principal = Principal.editor(1, "ben", {given["newsletter_id"]: role})
    refused = {name for name in PERMISSIONS if refusal_of(name, given, principal)}
    beyond = {name for name, scope in PERMISSIONS.items() if scope not in ROLE_SCOPES[role]}
    assert refused == beyond | OF_THE_WHOLE_SERVICE


def test_who_has_no_role_may_do_nothing(given: dict[str, Any]) -> None:
    nobody = Principal.editor(1, "ben", {})
    assert {name for name in PERMISSIONS if refusal_of(name, given, nobody)} == set(PERMISSIONS)


@pytest.mark.parametrize(
    "principal", [Principal.command_line("root"), Principal.administrator(1, "ada")]
)
def test_the_command_line_and_administrators_may_do_everything(
    given: dict[str, Any], principal: Principal
) -> None:
    assert {name for name in PERMISSIONS if refusal_of(name, given, principal)} == set()


def test_a_refusal_names_the_permission(given: dict[str, Any]) -> None:
    with pytest.raises(Forbidden, match="You need to be an editor of the newsletter to do this"):
        call("send_now", given, a_principal(scopes=frozenset()))


def test_newsletters_of_others_are_not_listed(context: Context) -> None:
    ours, _theirs = a_newsletter(context), a_newsletter(context)
    found = show_newsletters(context, limited_to(ours.id))
    assert [one.slug for one in found] == [ours.slug]
