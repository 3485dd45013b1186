"""Where a request came from: the client's address, and its browser in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

_PROGRAMS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Opera", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Vivaldi", "Vivaldi"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Chromium", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
    ("python", "Python"),
)
"""Chrome calls itself Safari too, and most others call themselves Chrome: the first one counts."""
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_LONGEST_USER_AGENT = 500


@dataclass(frozen=True, slots=True)
class Origin:
    """Each is "" where it is not known, or no longer kept."""

    address: str = ""
    device: str = ""

    @property
    def words(self) -> str:
        return ", ".join(one for one in (self.device, self.address) if one)


NOWHERE = Origin()
AT_COMMAND_LINE = Origin(device="Command line")


def network_of(address: str) -> str:
    """Its /24, or /64 for IPv6: one person can easily have all of it. As it is if it is none."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        known = known.ipv4_mapped or known
    return str(ip_network(f"{known}/{24 if known.version == 4 else 64}", strict=False))


def device_in_words(user_agent: str) -> str:
    """Such as "Firefox on Linux"; "" for none. Only our own words, whatever was sent."""
    given = user_agent[:_LONGEST_USER_AGENT]
    if not given:
        return ""
    program = _first(_PROGRAMS, given) or "Another program"
    system = _first(_SYSTEMS, given)
    return f"{program} on {system}" if system else program


def _first(names: tuple[tuple[str, str], ...], given: str) -> str:
    return next((words for mark, words in names if mark.lower() in given.lower()), "")
