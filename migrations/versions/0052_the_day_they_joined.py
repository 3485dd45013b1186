"""a subscription begins where its oldest evidence does, not on the day of the import"""

from __future__ import annotations

from alembic import op

revision = '0052'
down_revision = '0051'
branch_labels = None
depends_on = None

OLDEST = 'SELECT min(at) FROM consents WHERE consents.subscription_id = subscriptions.id'


def upgrade() -> None:
    op.execute(
        f'UPDATE subscriptions SET created_at = ({OLDEST}) WHERE created_at > ({OLDEST})'  # noqa: S608  no value is in it
    )


def downgrade() -> None:
    """The day of the import is not kept. An earlier release shows the day they joined instead."""
