"""An issue begins with the frame of the last one, or with one that was saved as a template."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.domain.actions import Action
from newsletter.domain.errors import InvalidInput, NotFound
from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.issues.issue_checks import LONGEST_LINE
from newsletter.domain.issues.issue_frames import (
    continued,
    frame_from_json,
    frame_of,
    frame_to_json,
)
from newsletter.domain.problems import has_control_characters
from newsletter.domain.staff.permissions import require
from newsletter.domain.staff.principals import Principal
from newsletter.store.events import record_event
from newsletter.store.issues.editions import content_of, issue_with_content
from newsletter.store.issues.issues import (
    last_issue,
    lock_newsletter,
    newsletter_of_issue,
    no_such_issue,
    put_content,
)
from newsletter.store.models import Issue, IssueTemplate
from newsletter.store.newsletters import newsletter_by_slug
from newsletter.usecases.context import Context
from newsletter.usecases.issues.write_issue import begin_issue
from newsletter.usecases.permissions import require_for_issue, require_for_newsletter


@dataclass(frozen=True, slots=True)
class SavedTemplate:
    id: int
    name: str
    sections: tuple[str, ...]


def create_issue_like_last(context: Context, newsletter_id: int, principal: Principal) -> int:
    """With the sections of the newest issue, and no entries. Raises NotFound if there is none."""
    require(principal, "create_issue_like_last", newsletter_id)
    with context.database.write() as session:
        last_id = last_issue(session, newsletter_id)
        if last_id is None:
            raise NotFound("There is no issue yet.", advice="Begin with an empty one.")
        return _begin_like(context, session, newsletter_id, last_id, principal)


def create_issue_like(
    context: Context, newsletter_id: int, issue_id: int, principal: Principal
) -> int:
    """With the sections of that issue, and no entries. Raises NotFound."""
    require(principal, "create_issue_like", newsletter_id)
    with context.database.write() as session:
        if newsletter_of_issue(session, issue_id) != newsletter_id:
            raise no_such_issue()
        return _begin_like(context, session, newsletter_id, issue_id, principal)


def create_issue_from_template(
    context: Context, newsletter_id: int, template_id: int, principal: Principal
) -> int:
    """Raises NotFound."""
    require(principal, "create_issue_from_template", newsletter_id)
    with context.database.write() as session:
        template = _template(session, newsletter_id, template_id)
        frame = frame_from_json(template.frame)
        return _begin(context, session, newsletter_id, frame, principal)


def list_templates(context: Context, slug: str, principal: Principal) -> list[SavedTemplate]:
    """By name."""
    require_for_newsletter(context, principal, "list_templates", slug)
    with context.database.read() as session:
        newsletter = newsletter_by_slug(session, slug)
        rows = session.scalars(
            select(IssueTemplate)
            .where(IssueTemplate.newsletter_id == newsletter.id, IssueTemplate.deleted_at.is_(None))
            .order_by(IssueTemplate.name)
        )
        return [
            SavedTemplate(
                row.id, row.name, tuple(one.title for one in frame_from_json(row.frame).sections)
            )
            for row in rows
        ]


def save_template(context: Context, issue_id: int, name: str, principal: Principal) -> int:
    """The issue without its entries. One of the same name is replaced, also one that was deleted.
    Raises InvalidInput.
    """
    require_for_issue(context, principal, "save_template", issue_id)
    name = name.strip()
    if not name or len(name) > LONGEST_LINE or has_control_characters(name):
        raise InvalidInput(f"Enter a name of at most {LONGEST_LINE} characters.", field="name")
    with context.database.write() as session:
        issue = issue_with_content(session, issue_id)
        lock_newsletter(session, issue.newsletter_id)
        template = session.scalar(
            select(IssueTemplate).where(
                IssueTemplate.newsletter_id == issue.newsletter_id, IssueTemplate.name == name
            )
        ) or IssueTemplate(newsletter_id=issue.newsletter_id, name=name)
        template.frame = frame_to_json(frame_of(content_of(issue)))
        template.saved_at, template.saved_by = context.now(), principal.name
        template.deleted_at = None
        session.add(template)
        _record(context, session, template, Action.NEWSLETTER_TEMPLATE_SAVED, principal)
        session.flush()
        return template.id


def delete_template(
    context: Context, newsletter_id: int, template_id: int, principal: Principal
) -> None:
    """It can be brought back for a while. Raises NotFound."""
    require(principal, "delete_template", newsletter_id)
    with context.database.write() as session:
        template = _template(session, newsletter_id, template_id)
        _record(context, session, template, Action.NEWSLETTER_TEMPLATE_DELETED, principal)
        template.deleted_at, template.deleted_by = context.now(), principal.name


def _template(session: Session, newsletter_id: int, template_id: int) -> IssueTemplate:
    template = session.get(IssueTemplate, template_id)
    if template is None or template.newsletter_id != newsletter_id or template.deleted_at:
        raise NotFound("This template does not exist.")
    return template


def _begin_like(
    context: Context, session: Session, newsletter_id: int, issue_id: int, principal: Principal
) -> int:
    frame = continued(content_of(issue_with_content(session, issue_id)))
    return _begin(context, session, newsletter_id, frame, principal)


def _begin(
    context: Context,
    session: Session,
    newsletter_id: int,
    frame: IssueContent,
    principal: Principal,
) -> int:
    issue: Issue = begin_issue(context, session, newsletter_id, principal)
    put_content(issue, replace(frame, number=issue.number))
    return issue.id


def _record(
    context: Context,
    session: Session,
    template: IssueTemplate,
    action: Action,
    principal: Principal,
) -> None:
    record_event(
        session,
        at=context.now(),
        who=principal,
        action=action,
        subject_id=template.newsletter_id,
        facts={"name": template.name},
    )
