"""YAML, every value of it as text."""

from __future__ import annotations

import yaml


def yaml_texts(text: str) -> dict[object, object] | None:
    """None for what is no mapping, or no YAML."""
    try:
        found = yaml.load(text, _Texts)  # noqa: S506  it makes text, lists and mappings alone
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return found if isinstance(found, dict) else None


class _Texts(yaml.BaseLoader):
    """Tags such as that of `title: ! 'x'` mean nothing; aliases, which grow without end, are not
    taken.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError
        return super().compose_node(parent, index)
