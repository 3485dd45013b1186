"""Message after message over one session: MAIL, RCPT, DATA, the text, the final dot.

With PIPELINING [RFC 2920] the three commands go out in one write, and those of the next message
right behind the final dot, so that a message costs one round trip. How much of this a relay takes,
its learner knows. Every reply is read and judged in order. A connection has at most one final dot
without a reply at any time, so a message whose commands were dropped was not handed over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from newsletter.domain.delivery.outcomes import (
    Accepted,
    Outcome,
    RelayTrouble,
    Uncertain,
    Withheld,
    outcome_of,
)
from newsletter.domain.delivery.pipelining import Pipelining, is_about_order
from newsletter.domain.delivery.smtp_replies import Reply, Stage
from newsletter.mail.smtp.commands import RESET, Command, commands_of, stuffed
from newsletter.mail.smtp.copies import Copy
from newsletter.mail.smtp.steps import (
    LISTEN,
    RECEIVE,
    RECEIVE_SOON,
    Conversation,
    ConversationBroken,
    Drain,
    Idle,
    Receive,
    Send,
    Session,
    Work,
    receive,
)

ONE_WRITE_BYTES = 256 * 1024
"""A longer text is sent in blocks, and its dot only after all of it is sent."""
BLOCK_BYTES = 64 * 1024

_DOT = b".\r\n"

# Looking a member up in its enumeration takes 0.1 µs, and a message needs twenty of them.
_OFF, _COMMANDS, _FULL = Pipelining
_AT_MAIL, _AT_DATA, _AT_DOT = Stage.MAIL, Stage.DATA, Stage.DOT


@dataclass(slots=True)
class _Begun:
    """A transaction that began. `waiting` are the commands without a reply.

    Above the level OFF they were all sent. `receiving` waits for the reply of each stage.
    """

    copy: Copy
    waiting: deque[Command]
    level: Pipelining
    receiving: Mapping[Stage, Receive]
    may_be_stale: bool
    """The connection may already have been lost when it began, so that nothing was taken."""
    data: bytes = field(default=b"")


def converse(session: Session, work: Work) -> Conversation[None]:
    """Sends copies until the session is unusable, has sent its share, or has to end.

    Every copy taken from `work` is reported to it or given back.
    """
    begun: _Begun | None = None
    try:
        while session.is_usable:
            if begun is None:
                begun = _begin(session, work, min(session.level(), _COMMANDS))
                if begun is None:
                    if session.is_ending:
                        break
                    session.learner.leave(session)
                    yield Idle()
                    continue
                if begun.level is not _OFF:
                    yield Send(begun.data)
            begun = yield from _transact(session, work, begun)
    finally:
        session.learner.leave(session)
    if session.is_usable:
        yield Send(b"QUIT\r\n")
        yield RECEIVE[Stage.EHLO]  # for as long as the greeting before: nothing depends on it


def _begin(session: Session, work: Work, level: Pipelining) -> _Begun | None:
    """Begins the next copy that can be sent. Reports those that can't."""
    while not session.is_ending and (copy := work.take()) is not None:
        commands = commands_of(session, copy)
        if not isinstance(commands, list):
            work.done(copy, commands)
            continue
        if session.needs_reset and level is not _FULL:
            commands.insert(0, RESET)
        session.count_one()
        receiving = _receiving(session.learner.hurried_at(level))
        begun = _Begun(copy, deque(commands), level, receiving, not session.is_fresh)
        session.is_fresh = False
        begun.data = b"".join([line for line, _ in commands])
        return begun
    return None


@cache
def _receiving(hurried_at: frozenset[Stage]) -> Mapping[Stage, Receive]:
    """A step for each stage. At those in `hurried_at` the reply must come soon."""
    return RECEIVE | {stage: RECEIVE_SOON[stage] for stage in hurried_at}


def _transact(session: Session, work: Work, begun: _Begun) -> Conversation[_Begun | None]:
    """Ends one transaction. Returns the next if it was begun behind this one's dot."""
    copy = begun.copy
    session.needs_reset = True
    try:
        refusal = yield from _envelope(session, begun)
        if refusal is not None:
            work.done(copy, refusal)
            return None
    except _NothingTaken:
        session.is_usable = False
        work.give_back(copy)
        return None
    if begun.level is not _OFF and len(copy.message) <= ONE_WRITE_BYTES:
        return (yield from _finish_at_once(session, work, copy))
    work.done(copy, (yield from _finish_in_steps(session, copy)))
    return None


class _NothingTaken(Exception):
    """The relay took nothing of this transaction: it goes out again over another connection.

    A kept connection was lost, or the relay did not take commands ahead of its replies.
    """


def _envelope(session: Session, begun: _Begun) -> Conversation[Outcome | None]:
    """Up to the 354 of DATA: None. After a refusal: its outcome, with all replies read."""
    waiting, reply, stage = begun.waiting, None, _AT_MAIL
    try:
        while waiting:
            line, stage = waiting[0]
            if begun.level is _OFF:
                yield Send(line)
            reply = yield begun.receiving[stage]
            if reply.code // 100 != (3 if stage is _AT_DATA else 2):
                break
            if stage is not _AT_MAIL or line is not RESET[0]:
                begun.may_be_stale = False
            waiting.popleft()
        else:
            session.learner.succeeded(session, begun.level)
            return None
    except ConversationBroken as broken:
        if _breaks_pipelining(session, begun, broken) or begun.may_be_stale:
            raise _NothingTaken from broken
        return _broken_off(session, waiting[0][1], broken)
    if _refuses_pipelining(session, begun.level, stage, reply):
        raise _NothingTaken
    if begun.may_be_stale and reply.hangs_up:
        raise _NothingTaken
    if session.has_delivered and reply.ends_share:
        raise _NothingTaken
    waiting.popleft()
    return (yield from _refused(session, begun, stage, reply))


def _breaks_pipelining(session: Session, begun: _Begun, broken: ConversationBroken) -> bool:
    """Whether the connection broke because commands came early. Then one step back is taken.

    Only on trial does a lost connection say so, and not where it may have been lost before.
    """
    is_behind_dot = begun.level is _FULL
    is_told_by_loss = session.learner.is_on_trial(begun.level) and (
        is_behind_dot or not begun.may_be_stale
    )
    if not (broken.is_silence or is_told_by_loss):
        return False
    where = "right behind the final dot" if is_behind_dot else "together"
    why = f"Commands sent {where}: {broken}."
    return session.learner.refused(session, begun.level, why)


def _refuses_pipelining(session: Session, level: Pipelining, stage: Stage, reply: Reply) -> bool:
    """Whether `reply` says that commands came early. Then one step back is taken."""
    on_trial = session.learner.is_on_trial(level)
    if not is_about_order(reply, stage, level, on_trial=on_trial):
        return False
    return session.learner.refused(session, level, f"It answered {stage.value.upper()}: {reply}")


def _refused(session: Session, begun: _Begun, stage: Stage, reply: Reply) -> Conversation[Outcome]:
    outcome = outcome_of(stage, reply)
    session.is_usable = not (isinstance(outcome, RelayTrouble) or reply.ends_connection)
    if session.is_usable and begun.level is not _OFF:
        yield from _stay_in_step(session, begun)
    return outcome


def _stay_in_step(session: Session, begun: _Begun) -> Conversation[None]:
    """Reads the remaining replies after a refusal. They do not change its outcome.

    A 354 without a recipient is answered with an empty text [RFC 2920 3.1].
    """
    try:
        for _, stage in begun.waiting:
            reply: Reply = yield begun.receiving[stage]
            if stage is _AT_DATA and reply.code // 100 == 3:
                yield Send(_DOT)
                reply = yield from receive(_AT_DATA)
            if reply.ends_connection:
                session.is_usable = False
                return
    except ConversationBroken as broken:
        session.is_usable = False
        _breaks_pipelining(session, begun, broken)


def _finish_at_once(session: Session, work: Work, copy: Copy) -> Conversation[_Begun | None]:
    """Sends the text, the dot and the next commands in one write."""
    early = yield LISTEN
    if early is not None or not copy.source.may_finish(copy):
        session.is_usable = False
        work.done(copy, Withheld() if early is None else outcome_of(_AT_DATA, early))
        return None
    is_full = session.level() is _FULL
    following = _begin(session, work, _FULL) if is_full else None
    if not copy.source.before_dot(copy):
        session.is_usable = False
        work.done(copy, Withheld())
    else:
        yield Send(stuffed(copy) + _DOT + (following.data if following else b""))
        try:
            work.done(copy, (yield from _answer_to_dot(session, following)))
        except _NothingTaken:
            session.is_usable = False
            work.give_back(copy)
    if following is not None and not session.is_usable:
        work.give_back(following.copy)
        return None
    return following


def _finish_in_steps(session: Session, copy: Copy) -> Conversation[Outcome]:
    text = stuffed(copy)
    try:
        for start in range(0, len(text), BLOCK_BYTES):
            yield Send(text[start : start + BLOCK_BYTES])
            yield Drain()
        early = yield LISTEN
    except ConversationBroken as broken:
        return _broken_off(session, _AT_DATA, broken)
    if early is not None:
        session.is_usable = False
        return outcome_of(_AT_DATA, early)
    if not (copy.source.may_finish(copy) and copy.source.before_dot(copy)):
        session.is_usable = False
        return Withheld()
    yield Send(_DOT)
    return (yield from _answer_to_dot(session))


def _answer_to_dot(session: Session, following: _Begun | None = None) -> Conversation[Outcome]:
    """Raises _NothingTaken if the relay refused the message for the commands of `following`."""
    try:
        reply: Reply = yield RECEIVE[_AT_DOT]
    except ConversationBroken as broken:
        session.is_usable = False
        if following is not None and session.learner.is_on_trial(following.level):
            _breaks_pipelining(session, following, broken)
        return Uncertain(f"after the final dot: {broken}")
    is_refusal = reply.code // 100 != 2  # a success at the dot is never about the order
    if (
        following is not None
        and is_refusal
        and _refuses_pipelining(session, following.level, _AT_DOT, reply)
    ):
        raise _NothingTaken
    outcome = outcome_of(_AT_DOT, reply)
    session.needs_reset = False
    session.has_delivered = session.has_delivered or isinstance(outcome, Accepted)
    session.is_usable = not (isinstance(outcome, RelayTrouble | Uncertain) or reply.ends_connection)
    return outcome


def _broken_off(session: Session, stage: Stage, broken: ConversationBroken) -> RelayTrouble:
    session.is_usable = False
    return RelayTrouble(stage, str(broken), is_loss=True)
