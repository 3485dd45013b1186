"""The pictures of a Markdown text get other addresses, and nothing else changes."""

from __future__ import annotations

import pytest

from newsletter.rendering.bodies.picture_addresses import (
    picture_addresses,
    with_picture_addresses,
)


@pytest.mark.parametrize(
    ("markdown", "becomes"),
    [
        ("![a](https://x.example/1.png)", "![a](NEW)"),
        ('![a [b] c|300](<https://x.example/1.png> "words")', '![a [b] c|300](NEW "words")'),
        (
            "[![a](https://x.example/1.png)](https://x.example/1.png)",
            "[![a](NEW)](https://x.example/1.png)",
        ),
        ("`![a](https://x.example/1.png)`", "`![a](https://x.example/1.png)`"),
        ("[a](https://x.example/1.png)", "[a](https://x.example/1.png)"),
        (r"![a](https://x.example/1\.png)", "![a](NEW)"),
        ("![a](data:image/png;base64,AAAA)", "![a](data:image/png;base64,AAAA)"),
    ],
)
def test_the_address_of_a_picture_alone_is_changed(markdown: str, becomes: str) -> None:
    ours = dict.fromkeys(picture_addresses(markdown), "NEW")
    assert with_picture_addresses(markdown, ours) == becomes
