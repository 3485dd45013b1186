"""What can be allowed. Each use case needs one of these: see permissions.py."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """Allowed on one newsletter by a role (roles.py), or on the server as a whole."""

    ISSUES_READ = "issues:read"
    ISSUES_WRITE = "issues:write"
    ISSUES_SEND = "issues:send"
    NEWSLETTERS_READ = "newsletters:read"
    NEWSLETTERS_WRITE = "newsletters:write"
    SUBSCRIBERS_READ = "subscribers:read"
    SUBSCRIBERS_WRITE = "subscribers:write"
    SUBSCRIBERS_EXPORT = "subscribers:export"
    STAFF_READ = "staff:read"
    STAFF_WRITE = "staff:write"
    AUDIT_READ = "audit:read"
    OPERATIONS_READ = "operations:read"
    OPERATIONS_WRITE = "operations:write"


ALL_SCOPES = frozenset(Scope)
