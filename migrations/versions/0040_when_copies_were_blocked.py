"""an index for the reports of an edition since a moment"""

from __future__ import annotations

from alembic import op

revision = '0040'
down_revision = '0039'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f('ix_feedback_edition_id_verdict_at'), 'feedback', ['edition_id', 'verdict', 'at'])


def downgrade() -> None:
    op.drop_index(op.f('ix_feedback_edition_id_verdict_at'), table_name='feedback')
