"""events are data: an action, who and facts; what logic needs has columns of its own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from newsletter.store.models import base as models

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')

# By the kind of the subject and the sentence of the version before: the action, and facts that the
# sentence told.
ACTIONS = {
    ('issue', 'began'): ('issue.created', '{}'),
    ('issue', 'saved'): ('issue.saved', '{}'),
    ('issue', 'pasted a digest into'): ('issue.digest_pasted', '{}'),
    ('issue', 'appended a digest to'): ('issue.digest_appended', '{}'),
    ('issue', 'cleared what was left over of'): ('issue.leftovers_cleared', '{}'),
    ('issue', 'deleted'): ('issue.deleted', '{}'),
    ('issue', 'answered for the errors of'): ('issue.errors_overridden', '{}'),
    ('issue', 'no longer answers for the errors of'): ('issue.override_withdrawn', '{}'),
    ('issue', 'sent a test of'): ('issue.test_sent', '{}'),
    ('issue', 'sent a proof of'): ('issue.proof_sent', '{}'),
    ('issue', 'scheduled'): ('issue.scheduled', '{}'),
    ('issue', 'unscheduled'): ('issue.unscheduled', '{}'),
    ('issue', 'sent, with time to take it back'): ('issue.sent_with_undo', '{}'),
    ('issue', 'sent now'): ('issue.sent_now', '{}'),
    ('issue', 'paused'): ('issue.paused', '{"cause": "editor"}'),
    ('issue', 'resumed'): ('issue.resumed', '{}'),
    ('issue', 'cancelled'): ('issue.cancelled', '{}'),
    ('issue', 'stopped after the canary'): ('issue.paused', '{"cause": "canary"}'),
    ('issue', 'released after the canary'): ('issue.canary_passed', '{}'),
    ('issue', 'released in spite of the canary'): ('issue.canary_overridden', '{}'),
    ('issue', 'paused after a jump of the clock'): ('issue.paused', '{"cause": "clock jump"}'),
    ('issue', 'mended the ledger of'): ('issue.ledger_repaired', '{}'),
    ('issue', 'pause_domain'): ('issue.domain_paused', '{}'),
    ('issue', 'sent again'): ('issue.resent', '{}'),
    ('issue', 'let the held copies be'): ('issue.held_copies_left', '{}'),
    ('newsletter', 'created'): ('newsletter.created', '{}'),
    ('newsletter', 'changed the settings of'): ('newsletter.settings_changed', '{}'),
    ('newsletter', 'imported subscribers into'): ('newsletter.subscribers_imported', '{}'),
    ('subscriber', 'renamed'): ('subscriber.renamed', '{}'),
    ('subscriber', 'paused'): ('subscriber.paused', '{}'),
    ('subscriber', 'resumed'): ('subscriber.resumed', '{}'),
    ('subscriber', 'added'): ('subscriber.added', '{}'),
    ('subscriber', 'edited'): ('subscriber.edited', '{}'),
    ('subscriber', 'unsubscribed'): ('subscriber.unsubscribed', '{}'),
    ('subscriber', 'suppressed'): ('subscriber.suppressed', '{}'),
    ('subscriber', 'lifted the suppression of'): ('subscriber.suppression_lifted', '{}'),
    ('subscriber', 'erased'): ('subscriber.erased', '{}'),
    ('user', 'added'): ('user.added', '{}'),
    ('user', 'changed'): ('user.changed', '{}'),
    ('user', 'changed the password of'): ('user.password_changed', '{}'),
    ('user', 'signed in'): ('user.signed_in', '{}'),
    ('user', 'signed out everywhere'): ('user.signed_out_everywhere', '{}'),
}
MOMENT = models.UtcDateTime(timezone=True)
RENAMED = {'actor': 'who_name', 'verb': 'action', 'detail': 'facts'}
ADDED = {
    'events': {'who_kind': (sa.String(), 'editor'), 'who_id': (ID, None)},
    'issues': {'undo_until': (MOMENT, None), 'updated_by': (sa.String(), '')},
    'editions': {
        'canary_verdict': (sa.String(), ''),
        'canary_judged_at': (MOMENT, None),
        'held_copies_left_at': (MOMENT, None),
    },
    'batches': {'not_before': (MOMENT, None)},
}
SERVICE = ('sweeper', 'canary', 'ticker', 'relay', 'first start', 'system')


def upgrade() -> None:
    _add_columns()
    _name_who()
    _name_actions()
    _fill_columns_of_logic()


def downgrade() -> None:
    """The words of the events are gone: their actions stand in their place."""
    op.execute(
        'UPDATE batches SET held_at = (SELECT canary_judged_at FROM editions '
        "WHERE editions.id = batches.edition_id AND canary_verdict = 'stopped') WHERE is_canary"
    )
    for table, names in ADDED.items():
        for name in names:
            op.drop_column(table, name)
    for before, after in RENAMED.items():
        op.execute(f'ALTER TABLE events RENAME COLUMN {after} TO {before}')


def _add_columns() -> None:
    for before, after in RENAMED.items():
        op.execute(f'ALTER TABLE events RENAME COLUMN {before} TO {after}')
    for table, columns in ADDED.items():
        for name, (kind, default) in columns.items():
            is_nullable = default is None
            op.add_column(
                table, sa.Column(name, kind, nullable=is_nullable, server_default=default)
            )


def _name_who() -> None:
    names = ', '.join(f"'{name}'" for name in SERVICE)
    op.execute(f"UPDATE events SET who_kind = 'system' WHERE who_name IN ({names})")
    op.execute(
        "UPDATE events SET who_kind = 'command line' "
        "WHERE who_name = 'command line' OR who_name LIKE '%(command line)'"
    )
    op.execute(
        "UPDATE events SET who_kind = 'reader', who_id = subject_id "
        "WHERE who_name = 'reader' AND subject_kind = 'subscriber'"
    )
    op.execute(
        'UPDATE events SET who_id = (SELECT id FROM users WHERE users.address = events.who_name) '
        "WHERE who_kind = 'editor' AND who_name <> ''"
    )


def _name_actions() -> None:
    for (kind, sentence), (action, facts) in ACTIONS.items():
        op.execute(
            sa.text(
                f'UPDATE events SET action = :action, facts = {_merged(":facts")} '
                'WHERE subject_kind = :kind AND action = :sentence'
            ).bindparams(action=action, facts=facts, kind=kind, sentence=sentence)
        )
    known = ', '.join(f"'{action}'" for action, _ in set(ACTIONS.values()))
    sentence = "json_object('sentence', action)"
    if op.get_bind().dialect.name == 'postgresql':
        sentence = "jsonb_build_object('sentence', action)"
    op.execute(
        f"UPDATE events SET facts = {_merged(sentence)}, action = 'legacy' "
        f'WHERE action NOT IN ({known})'
    )


def _merged(added: str) -> str:
    if op.get_bind().dialect.name == 'postgresql':
        return f'facts || CAST({added} AS jsonb)'
    return f'json_patch(facts, {added})'


def _fill_columns_of_logic() -> None:
    last = 'SELECT {what} FROM events WHERE {whose} AND action IN ({which}) ORDER BY id DESC LIMIT 1'
    of_issue = "subject_kind = 'issue' AND subject_id = issues.id"
    saves = "'issue.saved', 'issue.digest_pasted', 'issue.digest_appended', 'issue.created'"
    found = last.format(what='who_name', whose=of_issue, which=saves)
    op.execute(f"UPDATE issues SET updated_by = COALESCE(({found}), '')")
    times = "'issue.scheduled', 'issue.sent_with_undo'"
    found = last.format(what='action', whose=of_issue, which=times)
    op.execute(
        'UPDATE issues SET undo_until = scheduled_at '
        f"WHERE state = 'scheduled' AND ({found}) = 'issue.sent_with_undo'"
    )
    of_edition = "subject_kind = 'issue' AND subject_id = editions.issue_id"
    found = last.format(what='at', whose=of_edition, which="'issue.held_copies_left'")
    op.execute(f'UPDATE editions SET held_copies_left_at = ({found})')
    _fill_verdicts(last, of_edition)
    _record_pauses()


def _fill_verdicts(last: str, of_edition: str) -> None:
    """A bad verdict stood in `held_at` of the canary's own batches; the others, in the history."""
    for verdict, action in (
        ('passed', 'issue.canary_passed'),
        ('overridden', 'issue.canary_overridden'),
    ):
        found = last.format(what='at', whose=of_edition, which=f"'{action}'")
        op.execute(
            f"UPDATE editions SET canary_verdict = '{verdict}', canary_judged_at = ({found}) "
            f'WHERE ({found}) IS NOT NULL'
        )
    held = 'SELECT max(held_at) FROM batches WHERE batches.edition_id = editions.id AND is_canary'
    op.execute(
        f"UPDATE editions SET canary_verdict = 'stopped', canary_judged_at = ({held}) "
        f'WHERE ({held}) IS NOT NULL'
    )
    op.execute('UPDATE batches SET held_at = NULL WHERE is_canary')


def _record_pauses() -> None:
    """Some pauses were never recorded: their reason stood beside the state alone."""
    facts = "json_object('cause', 'legacy', 'reason', state_reason)"
    if op.get_bind().dialect.name == 'postgresql':
        facts = "jsonb_build_object('cause', 'legacy', 'reason', state_reason)"
    op.execute(
        'INSERT INTO events (at, action, who_kind, who_name, subject_kind, subject_id, facts) '
        f"SELECT state_at, 'issue.paused', 'system', 'system', 'issue', id, {facts} FROM issues "
        "WHERE state = 'paused' AND NOT EXISTS (SELECT 1 FROM events "
        "WHERE subject_kind = 'issue' AND subject_id = issues.id AND action = 'issue.paused' "
        'AND at >= issues.state_at)'
    )
