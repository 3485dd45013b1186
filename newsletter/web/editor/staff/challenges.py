"""Between the request that asks for a passkey and the one that shows it: the challenge."""

from __future__ import annotations

from datetime import datetime

from flask import Response, request, session

from newsletter.domain.staff.second_factors import relying_party
from newsletter.usecases.staff.passkeys import Asked, Challenge
from newsletter.usecases.staff.web_authn import refused_passkey
from newsletter.web.shell import context

_CHALLENGE = "challenge"
LONGEST_ANSWER = 20_000


def answer_with(asked: Asked) -> Response:
    challenge = asked.challenge
    session[_CHALLENGE] = [challenge.value, challenge.purpose, challenge.made_at.isoformat()]
    return Response(asked.options, mimetype="application/json")


def taken_challenge() -> Challenge:
    """Raises InvalidInput where none was asked for. The next answer needs another one."""
    if _CHALLENGE not in session:
        raise refused_passkey()
    value, purpose, made_at = session.pop(_CHALLENGE)
    return Challenge(value, purpose, datetime.fromisoformat(made_at))


def given_answer() -> str:
    """What the browser says, in JSON. Raises InvalidInput for too much of it."""
    answer = request.form.get("answer", "")
    if len(answer) > LONGEST_ANSWER:
        raise refused_passkey()
    return answer


def passkey_origin() -> str:
    """Where passkeys of ours work. "" where browsers allow none."""
    party = relying_party(context().settings.public_url)
    return party.origin if party else ""
