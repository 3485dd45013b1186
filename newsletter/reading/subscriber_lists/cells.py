"""Cells that hold more than a word: several tags, a JSON object, the address of a computer."""

from __future__ import annotations

import csv
import json
from ipaddress import ip_address


def split_tags(cell: str, *, only_semicolons: bool) -> list[str]:
    """`"vip","weekly"`, `vip, weekly`, `vip;weekly`, `vip|weekly` and `["vip", "weekly"]`."""
    if only_semicolons or ";" in cell:
        return [_bare(tag) for tag in cell.split(";")]
    if cell.startswith("["):
        listed = _listed(cell)
        if listed is not None:
            return listed
    between = "|" if "|" in cell and "," not in cell else ","
    lines = csv.reader(cell.splitlines(), delimiter=between, skipinitialspace=True)
    try:
        return [tag for line in lines for tag in line]
    except csv.Error:
        return cell.split(between)


def client_address(cell: str) -> str | None:
    """In its usual form; None for what is no IP address."""
    try:
        return str(ip_address(cell.strip().strip("[]")))
    except ValueError:
        return None


def joined_name(pieces: list[str]) -> str:
    """First and last name; a piece that the others say already is not said twice."""
    name = ""
    for piece in filter(None, pieces):
        if not f" {name.casefold()}".endswith(f" {piece.casefold()}"):
            name = f"{name} {piece}".strip()
    return name


def _listed(cell: str) -> list[str] | None:
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, list) or not all(isinstance(tag, str | int) for tag in value):
        return None
    return [str(tag) for tag in value]


def _bare(tag: str) -> str:
    tag = tag.strip()
    return tag[1:-1] if len(tag) > 1 and tag[0] == tag[-1] == '"' else tag
