"""The editor's pages in the README, as pictures: taken in a lifelike world.

make screenshots      or: python -m benchmarks.tour --out docs/screenshots
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.every_page import the_world
from benchmarks.lifelike import World
from benchmarks.results import guarded, tell
from benchmarks.screenshots import FOLDER, LARGEST_BYTES, a_browser
from benchmarks.viewers import sign_in

COLOURS = 128
DESKTOP, PHONE = (1280, 800), (390, 780)


@dataclass(frozen=True, slots=True)
class View:
    name: str
    path: str
    size: tuple[int, int] = DESKTOP
    scheme: str = "light"


def main() -> int:
    options = _parser().parse_args()
    with the_world() as (_, world, site), a_browser() as browser:
        sizes = [_take(browser, site, view, options.out) for view in _views(world)]
    return int(max(sizes) > LARGEST_BYTES)


def _views(world: World) -> tuple[View, ...]:
    draft, scheduled, short = (
        f"/editor/issues/{world.issues[name]}" for name in ("draft", "scheduled", "short")
    )
    reports = "/editor/newsletters/harbour-notes/figures"
    # An issue for each window: a page tells of another one that was just closed.
    return (
        View("writing", draft),
        View("home", "/editor/"),
        View("reports", reports),
        View("signup", "/n/harbour-notes", PHONE),
        View("writing-dark", scheduled, scheme="dark"),
        View("report-phone", f"/editor/issues/{world.issues['sent']}/send", PHONE),
        View("subscribers", "/editor/newsletters/harbour-notes/subscribers"),
        View("writing-phone", short, PHONE),
    )


def _take(browser: Any, site: str, view: View, out: Path) -> int:
    """The size of the file, in bytes."""
    width, height = view.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=view.scheme,
        reduced_motion="reduce",
    )
    page = context.new_page()
    sign_in(page, site)
    page.goto(site + view.path)
    page.wait_for_load_state("networkidle")
    picture = Image.open(BytesIO(page.screenshot(animations="disabled")))
    context.close()
    path = out / f"{view.name}.png"
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    tell(f"{path.name}: {size / 1000:.0f} kB{', too large' if size > LARGEST_BYTES else ''}")
    return size


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER)
    return parser


if __name__ == "__main__":
    raise SystemExit(guarded(main))
