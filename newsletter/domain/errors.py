"""The error tree. Each error says what is wrong and what to do, in words for people."""

from __future__ import annotations


class NewsletterError(Exception):
    """Anything that a person can act on. `str(error)` is shown to them.

    `advice` says what to do. It may be empty.
    """

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class InvalidInput(NewsletterError):
    """Invalid input. `field` names the form field or option, if there is one."""

    def __init__(self, message: str, *, advice: str = "", field: str = "") -> None:
        super().__init__(message, advice=advice)
        self.field = field


class NotFound(NewsletterError):
    """The thing does not exist, or this person may not see it."""


class Forbidden(NewsletterError):
    """The principal has no permission for it; `use_case` names the entry in the table."""

    def __init__(self, message: str, *, use_case: str, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.use_case = use_case


class SecondFactorRequired(Forbidden):
    """They may, once they have a second factor."""


class Conflict(NewsletterError):
    """The state of the thing does not allow this, or someone changed it meanwhile."""


class LimitReached(NewsletterError):
    """Tried too often. The next try is allowed in `retry_after_s` seconds."""

    def __init__(self, message: str, *, retry_after_s: int, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.retry_after_s = retry_after_s


class Misconfigured(NewsletterError):
    """A setting is missing or wrong, or its service can't be reached."""
