"""Readers who leave while an issue goes out: the one-click POST of mail programs [RFC 8058]."""

from __future__ import annotations

import http.client
import queue
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from benchmarks.results import tell
from benchmarks.torture.chaos_relay import Received
from newsletter.domain.delivery.deliveries import DeliveryState
from newsletter.store.models import Delivery
from newsletter.urls import unsubscribe_url
from newsletter.usecases.context import Context

RETRY_S = 0.2
THREADS = 4
HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
BODY = "List-Unsubscribe=One-Click"


@dataclass(frozen=True, slots=True)
class Leaver:
    address: str
    subscriber_id: int
    subscription_id: int


@dataclass(frozen=True, slots=True)
class Left:
    """`state` is what the ledger had right after the 200: nothing is claimed from then on."""

    leaver: Leaver
    answered_at_s: float
    looked_at_s: float
    state: str

    @property
    def window_was_open(self) -> bool:
        return self.state == DeliveryState.HANDING_OVER


@dataclass
class Leavers:
    """`per_second` of them leave, on a few connections; each tries until it is answered 200."""

    context: Context
    edition_id: int
    address: str
    """host:port of the web process."""
    per_second: float
    left: list[Left] = field(default_factory=list)
    refused: int = 0

    def __post_init__(self) -> None:
        self._waiting: queue.SimpleQueue[Leaver | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()

    def start(self, leavers: list[Leaver]) -> None:
        feeder = threading.Thread(target=self._feed, args=(leavers,), daemon=True)
        posters = [threading.Thread(target=self._post_all, daemon=True) for _ in range(THREADS)]
        self._threads = [feeder, *posters]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Readers who have not left by now stay."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def sent_after(self, received: Received) -> tuple[int, int]:
        """Messages after the 200: those that may not be, and those of windows open at that time."""
        by_address = {one.leaver.address: one for one in self.left}
        in_window: Counter[str] = Counter()
        for message in received.messages:
            left = by_address.get(message.recipient)
            since = left and (left.answered_at_s if left.window_was_open else left.looked_at_s)
            if left and since and message.at_s > since:
                in_window[message.recipient] += 1
                if in_window[message.recipient] > left.window_was_open:
                    after_s = message.at_s - left.answered_at_s
                    tell(f"  sent {after_s:.3f} s after the 200, when it was {left.state}")
        allowed = sum(by_address[address].window_was_open for address in in_window)
        return sum(in_window.values()) - allowed, allowed

    def _feed(self, leavers: list[Leaver]) -> None:
        for leaver in leavers:
            if self._stopped.wait(1 / self.per_second):
                break
            self._waiting.put(leaver)
        for _ in range(THREADS):
            self._waiting.put(None)

    def _post_all(self) -> None:
        while (leaver := self._waiting.get()) is not None and not self._stopped.is_set():
            while not self._leave(leaver) and not self._stopped.wait(RETRY_S):
                self.refused += 1

    def _leave(self, leaver: Leaver) -> bool:
        token = self.context.signer.sign_unsubscribe(leaver.subscription_id, self.edition_id)
        url = urlsplit(unsubscribe_url(self.context.settings.public_url, token))
        connection = http.client.HTTPConnection(self.address, timeout=30)
        try:
            connection.request("POST", url.path, BODY, {**HEADERS, "Host": url.netloc})
            if connection.getresponse().status != http.HTTPStatus.OK:
                return False
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        self.left.append(self._look(leaver, time.time()))
        return True

    def _look(self, leaver: Leaver, answered_at_s: float) -> Left:
        wanted = select(Delivery.state).where(
            Delivery.edition_id == self.edition_id, Delivery.subscriber_id == leaver.subscriber_id
        )
        while True:
            try:
                with self.context.database.read() as session:
                    state = session.scalar(wanted)
            except SQLAlchemyError:
                time.sleep(RETRY_S)
            else:
                return Left(leaver, answered_at_s, time.time(), state or "")
