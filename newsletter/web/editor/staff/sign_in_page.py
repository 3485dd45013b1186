"""The page that asks to sign in, wherever it is shown."""

from __future__ import annotations

from flask import request

from newsletter.domain.errors import InvalidInput, NewsletterError
from newsletter.web.shell import render


def sign_in_page(
    *,
    address: str = "",
    problem: InvalidInput | None = None,
    link_problem: NewsletterError | None = None,
    kept: str = "",
) -> str:
    """`kept` is the token of a form that was posted after its session had ended."""
    return render(
        "editor/sign_in.html",
        address=address,
        problem=problem,
        link_problem=link_problem,
        kept=kept,
        next=request.form.get("next") or request.args.get("next") or "",
    )
