"""Imports every module of the command, for the process that the tests' commands are forked from."""

from __future__ import annotations

import importlib

from newsletter.cli import issues, root

for place in (*root.MODULES.values(), *issues.MODULES.values()):
    importlib.import_module(place.path.partition(":")[0])
