"""Which clicks were made by machines. docs/clicks.md explains each rule to editors.

Security software opens the links of a mail before its reader does, and previews open a link that
was shared. What a request shows by itself is judged when it is made (`sign_of`), the rest a little
later (`judge`), when what came before and after it is known.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_address, ip_network

SETTLES_AFTER = timedelta(minutes=2)
"""Longer than every window below, and than a click waits before it is stored."""
WINDOW = timedelta(minutes=1)
EARLY = timedelta(seconds=10)
BURST_WITHIN, BURST_LINKS, LEAST_BURST_LINKS = timedelta(seconds=5), 5, 3
SHARED_WITHIN, SHARED_READERS = timedelta(minutes=1), 10
REPEAT_WITHIN = timedelta(minutes=1)
LONGEST_AGENT = 500


class Verdict(StrEnum):
    PERSON = "person"
    HEAD = "head"
    PREFETCH = "prefetch"
    AGENT = "agent"
    NETWORK = "network"
    EARLY = "early"
    SHARED = "shared"
    BURST = "burst"
    REPEAT = "repeat"


WORDS: Mapping[Verdict, str] = {
    Verdict.PERSON: "People, as far as we can tell",
    Verdict.HEAD: "Only asked where the link leads (HEAD)",
    Verdict.PREFETCH: "Loaded ahead by a browser or mail program",
    Verdict.AGENT: "Named itself as a program",
    Verdict.NETWORK: "From a network of mail security services",
    Verdict.EARLY: "Within 10 seconds of delivery",
    Verdict.SHARED: "One address clicked for 10 or more readers in a minute",
    Verdict.BURST: "5 or more links, or all of them, in 5 seconds",
    Verdict.REPEAT: "The same link again within a minute",
}

_MACHINES = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|scan|curl/|wget/|python|aiohttp|httpx|go-http|java/|okhttp|"
    r"libwww|lwp|scrapy|headless|phantomjs|selenium|puppeteer|playwright|node-fetch|axios|"
    r"apache-httpclient|winhttp|postman|powershell|barracuda|proofpoint|mimecast|safelinks|"
    r"symantec|messagelabs|forcepoint|fortinet|sophos|zscaler|trendmicro|urlscan|virustotal|"
    r"facebookexternalhit|whatsapp|telegram|slack|discord|skypeuripreview|linkpreview|preview|"
    r"googleimageproxy|google-safety|mediapartners|bingpreview|yahoomailproxy|validator|monitor",
    re.IGNORECASE,
)
NETWORKS = (
    # Microsoft's mail filter, as its list of endpoints has it.
    "40.92.0.0/15",
    "40.107.0.0/16",
    "52.100.0.0/14",
    "104.47.0.0/17",
    # Proofpoint
    "67.231.144.0/20",
    "148.163.128.0/19",
    "205.220.160.0/19",
    # Barracuda
    "209.222.80.0/21",
    # Mimecast
    "205.139.110.0/24",
    "207.211.30.0/23",
)


@dataclass(frozen=True, slots=True)
class Hit:
    """One request for a link. `client` is a keyed hash of its address, 0 if unknown;
    `subscriber_id` is None where clicks are counted in sum.
    """

    id: int
    number: int
    at: datetime
    subscriber_id: int | None = None
    client: int = 0
    sign: Verdict | None = None


def sign_of(
    method: str, agent: str, purpose: str, address: str, more_networks: tuple[str, ...] = ()
) -> Verdict | None:
    """What one request shows by itself; None for nothing. A browser always names itself."""
    if method == "HEAD":
        return Verdict.HEAD
    if "prefetch" in purpose.lower() or "preview" in purpose.lower():
        return Verdict.PREFETCH
    if _is_machine(agent[:LONGEST_AGENT]):
        return Verdict.AGENT
    return Verdict.NETWORK if _is_in_networks(address, NETWORKS + more_networks) else None


def judge(hits: Sequence[Hit], delivered: Mapping[int, datetime], links: int) -> dict[int, Verdict]:
    """By the id of the hit. `hits` are of one edition with `links` links, those within WINDOW of
    what is asked among them. `delivered` says when each reader's copy was accepted.
    """
    ordered = sorted(hits, key=lambda hit: (hit.at, hit.id))
    bursts = _bursts([hit for hit in ordered if hit.sign is None], links)
    shared = set(_shared(ordered))
    found: dict[int, Verdict] = {}
    for hit in ordered:
        if hit.sign is not None:
            found[hit.id] = hit.sign
        elif _is_early(hit, delivered):
            found[hit.id] = Verdict.EARLY
        elif hit.id in shared:
            found[hit.id] = Verdict.SHARED
        elif hit.id in bursts:
            found[hit.id] = Verdict.BURST
    people = [hit for hit in ordered if hit.id not in found]
    repeats = set(_repeats(people))
    for hit in people:
        found[hit.id] = Verdict.REPEAT if hit.id in repeats else Verdict.PERSON
    return found


def _is_early(hit: Hit, delivered: Mapping[int, datetime]) -> bool:
    """Also before its server's reply was recorded: some open the links before they reply."""
    accepted = delivered.get(hit.subscriber_id or 0)
    return accepted is not None and hit.at < accepted + EARLY


def _bursts(hits: Sequence[Hit], links: int) -> set[int]:
    """By one reader, and by one address: in sum there are no readers. What a scanner does under its
    own name takes nothing from the reader.
    """
    least = min(BURST_LINKS, links)
    if least < LEAST_BURST_LINKS:
        return set()
    by_reader = _grouped(hits, lambda hit: hit.subscriber_id)
    by_client = _grouped([h for h in hits if h.subscriber_id is None], lambda hit: hit.client)
    return {
        hit_id
        for group in (*by_reader, *by_client)
        for hit_id in _crowded(group, BURST_WITHIN, lambda hit: hit.number, least)
    }


def _shared(hits: Sequence[Hit]) -> Iterator[int]:
    for group in _grouped(hits, lambda hit: hit.client):
        known = [hit for hit in group if hit.subscriber_id is not None]
        yield from _crowded(known, SHARED_WITHIN, lambda hit: hit.subscriber_id, SHARED_READERS)


def _repeats(hits: Sequence[Hit]) -> Iterator[int]:
    """A link counts once for one reader or address, however often it is opened in a minute."""
    last: dict[Hashable, datetime] = {}
    for hit in hits:
        who = hit.subscriber_id or -hit.client
        if who:
            before = last.get((who, hit.number))
            if before is not None and hit.at - before < REPEAT_WITHIN:
                yield hit.id
            last[who, hit.number] = hit.at


def _grouped(hits: Sequence[Hit], key: Callable[[Hit], int | None]) -> list[list[Hit]]:
    groups: dict[int, list[Hit]] = defaultdict(list)
    for hit in hits:
        if known := key(hit):
            groups[known].append(hit)
    return list(groups.values())


def _crowded(
    hits: Sequence[Hit], within: timedelta, what: Callable[[Hit], Hashable], least: int
) -> Iterator[int]:
    """The hits of every stretch of time in which at least `least` different things were hit."""
    counts: Counter[Hashable] = Counter()
    first = told = 0
    for at, hit in enumerate(hits):
        counts[what(hit)] += 1
        while hit.at - hits[first].at > within:
            counts[what(hits[first])] -= 1
            counts += Counter()  # drops what is at zero
            first += 1
        if len(counts) >= least:
            yield from (one.id for one in hits[max(first, told) : at + 1])
            told = at + 1


@lru_cache(maxsize=1024)
def _is_machine(agent: str) -> bool:
    return not agent.strip() or bool(_MACHINES.search(agent))


@lru_cache(maxsize=4096)
def _is_in_networks(address: str, networks: tuple[str, ...]) -> bool:
    try:
        known = ip_address(address)
    except ValueError:
        return False
    return any(known in ip_network(network, strict=False) for network in networks)
