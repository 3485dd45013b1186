"""An issue as a web page: pictures of ours as WebP, and what other sites show of a link to it.

A mail has neither: Outlook shows no WebP, and no mail program reads the head.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from newsletter.domain.pictures import KeptPicture, media_names
from newsletter.urls import media_url

_IMAGE = re.compile(r"<img\b[^>]*>")
_WIDTH = re.compile(r'\bwidth="(\d{1,4})"')
_HEAD_ENDS = re.compile(r"</head>", re.IGNORECASE)
LEAST_SOCIAL_PX = 400
"""Networks leave out smaller ones, and a small picture in an issue is rarely what it is about."""


@dataclass(frozen=True, slots=True)
class SocialCard:
    title: str
    description: str
    url: str
    site: str
    picture: str
    """Its address, "" for none."""


def web_page(
    html: str, pictures: Mapping[str, KeptPicture], card: SocialCard, public_url: str
) -> str:
    """`pictures` has those of ours that the page shows, by name."""

    def replaced(image: re.Match[str]) -> str:
        return _as_picture(image[0], pictures, public_url)

    with_head = _HEAD_ENDS.sub(lambda end: _tags(card) + end[0], html, count=1)
    return _IMAGE.sub(replaced, with_head)


def social_picture(html: str, pictures: Mapping[str, KeptPicture], fallback: str, url: str) -> str:
    """The first of ours in the issue that is large enough; else the newsletter's."""
    for name in media_names(html):
        if name in pictures and pictures[name].width >= LEAST_SOCIAL_PX:
            return media_url(url, name)
    return fallback


def _as_picture(image: str, pictures: Mapping[str, KeptPicture], public_url: str) -> str:
    names = [name for name in media_names(image) if name in pictures]
    if len(names) != 1 or not pictures[names[0]].webps:
        return image
    webps = sorted(pictures[names[0]].webps.items())
    sources = ", ".join(f"{media_url(public_url, name)} {width}w" for width, name in webps)
    shown = _WIDTH.search(image)
    sizes = f' sizes="(max-width: 600px) 100vw, {shown[1]}px"' if shown else ""
    source = f'<source type="image/webp" srcset="{escape(sources)}"{sizes}>'
    return f"<picture>{source}{image}</picture>"


def _tags(card: SocialCard) -> str:
    large = "summary_large_image" if card.picture else "summary"
    properties = {
        "og:type": "article",
        "og:title": card.title,
        "og:description": card.description,
        "og:url": card.url,
        "og:site_name": card.site,
        "og:image": card.picture,
    }
    tags = [
        f'<meta property="{name}" content="{escape(said)}">'
        for name, said in properties.items()
        if said
    ]
    return "".join([*tags, f'<meta name="twitter:card" content="{large}">'])
