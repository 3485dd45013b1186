"""SQL by subject, and the models.

Functions take a session and never commit: the caller owns the transaction. They lock no rows beyond
those that they change, unless their docstring says so. "Locks" means until the transaction ends, on
PostgreSQL; on SQLite a write transaction locks the whole database.
"""
