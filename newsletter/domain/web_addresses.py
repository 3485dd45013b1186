"""Addresses on the web: which two are the same page, what in one only tracks, what is private."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit, urlunsplit

PORTS = {"http": 80, "https": 443}

_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|"
    r"mc_cid|mc_eid|mkt_tok|_hsenc|_hsmi|hsctatracking|vero_id|vero_conv|oly_anon_id|oly_enc_id|"
    r"rb_clickid|s_cid|wickedid|ref_src|ref_url|spm|share_source|share_medium|share_token|"
    r"trk|trkcampaign|sc_campaign|ck_subscriber_id|__s",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,}\.?(?::[0-9]{1,5})?(?:[/?#]\S*)?")
# Not global, yet `is_global` says so of some in some versions of Python.
_NOT_PUBLIC = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "100.64.0.0/10",
            "168.63.129.16/32",
            "169.254.0.0/16",
            "192.0.0.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/96",
            "::ffff:0:0:0/96",
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "3fff::/20",
            "5f00::/16",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
        ),
    )
)


def is_web_address(url: str) -> bool:
    parts = _split(url)
    return bool(parts and parts.scheme in PORTS and _host(parts))


def with_scheme(address: str) -> str:
    """`example.org/page` and `//example.org`, as people type them, begin with https://. What is no
    host name, such as a mail address, stays as it is.
    """
    bare = address.removeprefix("//")
    return f"https://{bare}" if _BARE.fullmatch(bare) else address


def host_of(url: str) -> str:
    parts = _split(url)
    return _host(parts) if parts else ""


def canonical_url(url: str) -> str:
    """Two links with one canonical address are the same page: fragments, tracking, a slash at the
    end, the usual port, and http or https make no difference. "" for anything but a web address.
    """
    parts = _split(url)
    if parts is None or parts.scheme not in PORTS or not _host(parts):
        return ""
    kept = [pair for pair in _pairs(parts.query) if not _is_tracking(pair)]
    path = quote(parts.path.rstrip("/"), safe="/%:@!$&'()*+,;=~-._")
    return urlunsplit(("https", _host(parts) + _unusual_port(parts), path, "&".join(kept), ""))


def tracking_in(url: str) -> list[str]:
    """The names of the parameters that tell of the reader or the campaign, and change no page."""
    parts = _split(url)
    pairs = _pairs(parts.query) if parts and parts.scheme in PORTS else []
    return [pair.partition("=")[0] for pair in pairs if _is_tracking(pair)]


def without_tracking(url: str) -> str:
    parts = _split(url)
    if parts is None:
        return url
    kept = "&".join(pair for pair in _pairs(parts.query) if not _is_tracking(pair))
    return urlunsplit(parts._replace(query=kept))


def is_public_address(address: str) -> bool:
    """Whether it is one that anybody may be sent to: no private, loopback, link-local, reserved or
    multicast address, nor one of those wrapped into IPv6.
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(map(_is_public, _within(parsed)))


def is_mail_link(url: str) -> bool:
    """Whether a link in a mail may lead there: a whole address of the web, mailto or tel."""
    parts = _split(url.strip())
    if parts is None:
        return False
    if parts.scheme in ("mailto", "tel"):
        return bool(parts.path)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def private_host_problem(url: str) -> str:
    """Why a host is private, as far as its name shows. "" if it may be public."""
    host = host_of(url)
    try:
        literal = ip_address(host)
    except ValueError:
        literal = None
    if literal is not None:
        return "" if is_public_address(host) else "a private address"
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".home.arpa")):
        return "a name that works only in your own network"
    return ""


def port_of(url: str) -> int:
    """0 for an invalid port."""
    parts = _split(url)
    if parts is None:
        return 0
    try:
        return parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        return 0


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip())
        _ = parts.hostname
    except ValueError:
        return None
    return parts._replace(scheme=parts.scheme.lower())


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").lower().rstrip(".")


def _unusual_port(parts: SplitResult) -> str:
    try:
        port = parts.port
    except ValueError:
        return ""
    return f":{port}" if port and port not in PORTS.values() else ""


def _pairs(query: str) -> list[str]:
    return [pair for pair in query.split("&") if pair]


def _is_tracking(pair: str) -> bool:
    name = next(iter(parse_qsl(pair, keep_blank_values=True)), ("", ""))[0]
    return bool(_TRACKING.fullmatch(name))


def _within(parsed: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    found: list[IPv4Address | IPv6Address] = [parsed]
    if isinstance(parsed, IPv6Address):
        found += [inner for inner in (parsed.ipv4_mapped, parsed.sixtofour) if inner]
        found += list(parsed.teredo or ())
    return found


def _is_public(parsed: IPv4Address | IPv6Address) -> bool:
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        return True  # judged by what it wraps
    is_named = any(
        parsed in network for network in _NOT_PUBLIC if network.version == parsed.version
    )
    return parsed.is_global and not parsed.is_multicast and not is_named
