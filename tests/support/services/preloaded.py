"""Imports every module of the command, for the process that the tests' commands are forked from."""

from __future__ import annotations

import importlib

from newsletter.cli import root
from newsletter.cli.issue import group as issues

for place in (*root.MODULES.values(), *issues.MODULES.values()):
    importlib.import_module(place.path.partition(":")[0])
