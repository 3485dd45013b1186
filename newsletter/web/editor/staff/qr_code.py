"""A QR code as SVG inside the page: no picture is fetched, and none can be cached.

segno is imported for the one page that shows a code, and not before.
"""

from __future__ import annotations

import io

from markupsafe import Markup


def qr_code(text: str) -> Markup:
    """Dark on nothing: its class gives it paper, also in the dark."""
    import segno

    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(out, kind="svg", xmldecl=False, svgns=False, nl=False, omitsize=True, svgclass="qr")
    return Markup(out.getvalue().decode())  # noqa: S704  segno's own drawing
