"""Alembic's entry: runs on the connection that it is handed, or else on DATABASE_URL."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from newsletter.config import load_settings
from newsletter.store.database import Database
from newsletter.store.models import Base


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        user_module_prefix="models.",
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    settings = load_settings()
    context.config.attributes["address_hash_key"] = settings.address_hash_key
    with Database(settings.database_url).engine.begin() as opened:
        run(opened)
