"""Takes the webhooks of mail providers: checked, stored in one transaction, judged later."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from newsletter.domain.feedback.inbound import Arrival, Door
from newsletter.net.fetch import fetch_body
from newsletter.net.hooks.mailgun import read_mailgun
from newsletter.net.hooks.postmark import read_postmark, require_login
from newsletter.net.hooks.request import HookRefused, HookRequest
from newsletter.net.hooks.sendgrid import has_signature, read_sendgrid
from newsletter.net.hooks.sns import read_sns
from newsletter.net.links import fetch_policy
from newsletter.store.feedback.arrivals import content_of
from newsletter.usecases.context import Context
from newsletter.usecases.feedback.store_arrivals import store_arrivals

Fetch = Callable[[str], bytes]

EVENT_BYTES = 256_000
"""SNS allows no more."""
BATCH_BYTES = 5_000_000
"""A thousand events of SendGrid have about one million."""

_MOST_FETCHED_BYTES = 20_000
_MOST_CERTIFICATES = 20
_CERTIFICATES: dict[str, bytes] = {}
"""By address: Amazon changes the address with the certificate."""


def room_for(context: Context, provider: str, headers: Mapping[str, str]) -> int:
    """How many bytes of a body to read, judged by the headers alone: a stranger gets little room.

    Raises HookRefused when there is no such webhook.
    """
    settings = context.settings
    keys: Mapping[str, object] = {
        Door.SES: settings.hook_ses_topics,
        Door.POSTMARK: settings.hook_postmark_login,
        Door.MAILGUN: settings.hook_mailgun_key,
        Door.SENDGRID: settings.hook_sendgrid_key,
    }
    if not keys.get(provider):
        raise HookRefused("There is no such webhook.", 404)
    if provider == Door.POSTMARK:
        require_login(headers, settings.hook_postmark_login)
    may_be_batch = provider == Door.SENDGRID and has_signature(headers, context.now())
    return BATCH_BYTES if may_be_batch or provider == Door.POSTMARK else EVENT_BYTES


def take_hook(
    context: Context, provider: str, request: HookRequest, fetch: Fetch | None = None
) -> int:
    """How many events were new. Raises HookRefused for what is not the provider's.

    `fetch` gets what Amazon has for us, for tests. Default: the guarded fetch.
    """
    arrivals = _arrivals(context, provider, request, fetch or _guarded(context))
    added = store_arrivals(context, arrivals)
    if provider == Door.MAILGUN and not added:
        _require_same(context, arrivals[0])
    return len(added)


def _arrivals(
    context: Context, provider: str, request: HookRequest, fetch: Fetch
) -> Sequence[Arrival]:
    settings, now = context.settings, context.now()
    match provider:
        case Door.SES if settings.hook_ses_topics:
            message = read_sns(request, settings.hook_ses_topics, now, _kept(fetch))
            if message.confirm_url:
                fetch(message.confirm_url)
            return message.arrivals
        case Door.POSTMARK if settings.hook_postmark_login:
            return read_postmark(request, settings.hook_postmark_login)
        case Door.MAILGUN if settings.hook_mailgun_key:
            return read_mailgun(request, settings.hook_mailgun_key, now)
        case Door.SENDGRID if settings.hook_sendgrid_key:
            return read_sendgrid(request, settings.hook_sendgrid_key, now)
    raise HookRefused("There is no such webhook.", 404)


def _require_same(context: Context, arrival: Arrival) -> None:
    """A token that comes back with another event was taken from a request of the past."""
    with context.database.read() as session:
        stored = content_of(session, arrival.content_key)
    if stored is not None and stored != arrival.content:
        raise HookRefused("The token was used before.")


def _guarded(context: Context) -> Fetch:
    policy = replace(fetch_policy(context.settings), most_bytes=_MOST_FETCHED_BYTES)

    def fetch(url: str) -> bytes:
        body = fetch_body(url, policy)
        if body is None:
            raise HookRefused("Amazon could not be asked. Try again.", 503)
        return body

    return fetch


def _kept(fetch: Fetch) -> Fetch:
    def fetch_once(url: str) -> bytes:
        if url not in _CERTIFICATES:
            certificate = fetch(url)
            if len(_CERTIFICATES) >= _MOST_CERTIFICATES:
                _CERTIFICATES.clear()
            _CERTIFICATES[url] = certificate
        return _CERTIFICATES[url]

    return fetch_once
