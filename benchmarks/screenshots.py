"""The sample issue in every view, as pictures for the documentation.

    make screenshots      or: python -m benchmarks.screenshots --out docs/screenshots

Nothing is loaded from anywhere: the picture in the issue is drawn in docs/screenshots/harbour.svg.
"""

from __future__ import annotations

import argparse
import html
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.results import Lacking, guarded, tell
from newsletter.config import PROJECT_ROOT, Settings
from newsletter.domain.issues.issue import IssueContent
from newsletter.domain.newsletters.newsletter import NewsletterProfile
from newsletter.rendering.edition.views import View, as_seen
from newsletter.usecases.issues.render_digest import example_newsletter, read_issue, render_digest

SAMPLE = PROJECT_ROOT / "samples" / "harbour-digest.md"
FOLDER = PROJECT_ROOT / "docs" / "screenshots"
DRAWING = FOLDER / "harbour.svg"
PICTURE_URL = "https://pictures.example.org/harbour.png"
PICTURE = f'\n\n![A small boat leaves the harbour at dawn]({PICTURE_URL} "Out with the tide")\n'
SETTINGS = Settings(public_url="https://news.example.org")
LARGEST_BYTES = 150_000
_TEXT_PAGE = """<!doctype html><meta charset="utf-8"><title>Plain text</title>
<body style="margin:24px"><pre style="font:14px/1.45 'DejaVu Sans Mono',monospace">{}</pre>"""


@dataclass(frozen=True, slots=True)
class Shot:
    """`scale` is device pixels for each of CSS."""

    view: View
    width: int
    height: int = 1400
    scale: float = 1.0


SHOTS = (
    Shot(View.DESKTOP, 720),
    Shot(View.PHONE, 375, 1050, 1.5),
    Shot(View.DARK, 720),
    Shot(View.PICTURES_OFF, 720),
    Shot(View.TEXT, 700),
    Shot(View.UNSTYLED, 720),
)


def main() -> int:
    options = _parser().parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    mail, text = _sample()
    with a_browser() as browser:
        for shot in SHOTS:
            path = options.out / f"{shot.view.value}.png"
            page = _TEXT_PAGE.format(html.escape(text)) if shot.view is View.TEXT else mail
            _take(browser, shot, page, path)
            size = path.stat().st_size
            tell(f"{path.name}: {size / 1000:.0f} kB")
            if size > LARGEST_BYTES:
                tell(f"{path.name} is larger than {LARGEST_BYTES / 1000:.0f} kB")
                return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER)
    return parser


def _sample() -> tuple[str, str]:
    """One reader's HTML and text, the same at every run."""
    content = read_issue(SAMPLE.read_bytes(), SETTINGS.max_digest_bytes).content
    content = replace(content, intro=content.intro + PICTURE, number=12)
    now = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    files = render_digest(SETTINGS, content, _harbour_notes(content), now)
    return files.html, files.text


def _harbour_notes(content: IssueContent) -> NewsletterProfile:
    return replace(
        example_newsletter(content, SETTINGS),
        slug="harbour-notes",
        name="Harbour Notes",
        sender_name="Harbour Notes",
        postal_address="Harbour Notes\n3 Quay Street\n25813 Husum",
    )


def _take(browser: Any, shot: Shot, mail: str, path: Path) -> None:
    page = browser.new_page(
        viewport={"width": shot.width, "height": shot.height}, device_scale_factor=shot.scale
    )
    page.route("**/*", _answer)
    with_pictures = shot.view is not View.PICTURES_OFF
    page.set_content(as_seen(mail, shot.view, with_pictures=with_pictures))
    page.wait_for_function("[...document.images].every(image => image.complete)")
    page.screenshot(path=path, animations="disabled")
    page.close()


def _answer(route: Any) -> None:
    if route.request.url == PICTURE_URL:
        route.fulfill(body=DRAWING.read_bytes(), content_type="image/svg+xml")
    else:
        route.abort()


@contextmanager
def a_browser() -> Iterator[Any]:
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        raise Lacking("there is no Chromium (on Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  needed by this alone

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


if __name__ == "__main__":
    raise SystemExit(guarded(main))
