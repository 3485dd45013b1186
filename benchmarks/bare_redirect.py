"""The yardstick of clicks: a Flask application that does nothing but redirect."""

from __future__ import annotations

from flask import Flask, redirect
from werkzeug.wrappers import Response

app = Flask(__name__)


@app.get("/c/<token>/<int:number>")
def follow(token: str, number: int) -> Response:
    del token
    return redirect(f"https://example.com/{number}")
