"""Imports every module of the command, for the process that the tests' commands are forked from."""

from __future__ import annotations

import importlib

from newsletter.cli.root import MODULES

for place in MODULES.values():
    importlib.import_module(place.path.partition(":")[0])
