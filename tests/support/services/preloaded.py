"""Imports all modules of the product, for the process that the tests' commands are forked from."""

from __future__ import annotations

import importlib
import pkgutil

import alembic.command  # noqa: F401  what migrating imports late

import newsletter

for module in pkgutil.walk_packages(newsletter.__path__, "newsletter."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
