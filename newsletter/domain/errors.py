"""The one error tree. Each error says what is wrong and what to do, in words for a person."""

from __future__ import annotations


class NewsletterError(Exception):
    """Anything that a person can act on. `str(error)` is shown to them as it is.

    `advice` is a second sentence, what to do about it; may be empty.
    """

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message} {self.advice}".strip()


class InvalidInput(NewsletterError):
    """What was given can't be used; `field` names the form field or option, if one is to blame."""

    def __init__(self, message: str, *, advice: str = "", field: str = "") -> None:
        super().__init__(message, advice=advice)
        self.field = field


class NotFound(NewsletterError):
    """There is no such thing, or it is not for this person to see."""


class Forbidden(NewsletterError):
    """Who is asking has no permission for it; `use_case` names the entry in the table."""

    def __init__(self, message: str, *, use_case: str, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.use_case = use_case


class Conflict(NewsletterError):
    """The thing is in a state, or was changed meanwhile, so that this can't be done now."""


class LimitReached(NewsletterError):
    """Too often; `retry_after_s` seconds later it may be tried again."""

    def __init__(self, message: str, *, retry_after_s: int, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.retry_after_s = retry_after_s


class Misconfigured(NewsletterError):
    """A setting is missing or wrong, or a service it names is out of reach."""
