"""reStructuredText and Org: the entries that they give, and what they never do."""

from __future__ import annotations

import pytest

from newsletter.domain.errors import InvalidInput
from newsletter.reading.digests.digest import parse_digest
from tests.reading.digests.test_kinds_of_digests import A, B, C, outline

RST = f"""
Harbour 12
==========

:date: 2026-03-01
:author: Ann

.. for ourselves

News
----

* `Ropes <{A}>`_ - *strong*, 2*3
* Ann wrote Knots_ [#k]_
* `Anchor`__ |heavy|

.. _Knots: {B}
__ {C}
.. |heavy| replace:: very **heavy**
.. [#k] Tight ones.

Tools
-----

`Winch <{A}>`__
~~~~~~~~~~~~~~~

.. code-block:: python

   pull(rope)

.. image:: https://example.org/w.png
   :alt: A winch
"""


BROKEN_LINKS = {
    f"`Ropes `hemp <{A}>`_ or <{B}>`_": [f"Ropes hemp or {B} <{A}>", f"  [{B}](<{B}>)"],
    f"`Winch <`example <{A}>`_>`_ - small": [f"Winch <{A}>", "  small"],
    f"`Knots <{A}": [f"Knots <{A}>"],
    f"`Knots <{A}>` - tight": [f"Knots <{A}>", "  tight"],
    f"`Knots <{A}>_ - tight": [f"Knots <{A}>", "  tight"],
    f"**`Knots <{A}>`_** - tight": [f"Knots <{A}>", "  tight"],
}


@pytest.mark.parametrize(("text", "expected"), BROKEN_LINKS.items())
def test_a_broken_or_nested_link_is_read_as_it_was_meant(text: str, expected: list[str]) -> None:
    digest = parse_digest(f"Harbour\n=======\n\nNews\n----\n\n* `Hemp <{C}>`_\n* {text}\n")
    assert outline(digest) == ["# News", f"Hemp <{C}>", *expected]
    assert digest.unplaced == ()


def test_restructuredtext_is_read_as_its_markdown() -> None:
    digest = parse_digest(RST)
    assert outline(digest) == [
        "# News",
        f"Ropes <{A}>",
        "  *strong*, 2\\*3",
        f"Ann wrote Knots <{B}>",
        "  Tight ones.",
        f"Anchor <{C}>",
        "  very **heavy**",
        "# Tools",
        f"Winch <{A}>",
        "  ```python\npull(rope)\n```\n\n![A winch](<https://example.org/w.png>)",
    ]
    assert (digest.title, digest.front_matter["date"]) == ("Harbour 12", "2026-03-01")
    assert [entry.line for entry in digest.entries] == [13, 14, 15, 25]
    assert [piece.text for piece in digest.dropped] == [".. for ourselves"]


@pytest.mark.parametrize(
    "directive",
    [
        ".. include:: /etc/hostname",
        ".. raw:: html\n\n   <b>x</b>",
        ".. csv-table::\n   :file: /etc/hostname",
        ".. youtube:: abc",
        ".. role:: strong(raw)\n   :format: html",
    ],
)
def test_what_would_read_files_or_is_unknown_is_dropped_and_told(directive: str) -> None:
    digest = parse_digest(f"* `Ropes <{A}>`_\n\n{directive}\n\nThe end.\n", file_name="n.rst")
    assert outline(digest) == [f"Ropes <{A}>", "| The end."]
    (piece,) = digest.dropped
    assert piece.text.partition("\n")[0] == directive.partition("\n")[0]
    assert piece.why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("word " * 60_000, "300,000 characters"),
        ("word " * 5_000, "Line 1 has 25,000 characters"),
        (("*a " * 6_000 + "\n") * 5, "A paragraph has"),
        ("\n\n".join("  " * n + "a" for n in range(200)), "nested too deeply"),
        (".. |a| replace:: b\n.. |c| replace:: |a| |a|\n\n|c|\n", "substitutions"),
        (f".. |a| replace:: {'b ' * 3_000}\n\n" + "|a| " * 100, "substitutions"),
    ],
)
def test_restructuredtext_without_measure_is_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        parse_digest(text, file_name="notes.rst")


ORG = f"""#+TITLE: Harbour 12
#+DATE: <2026-03-01 Sun>
#+OPTIONS: toc:nil

Hello from *us*, with 2*3 and [brackets].

* News                                                            :weekly:
:PROPERTIES:
:ID: 42
:END:
# for ourselves
- [[{A}][Ropes]]: /strong/ and =x[1]=
- Ann wrote [[{B}][Knots]][fn:1]
  1. tight
     - very
- [ ] [[{C}]]
* TODO Tools
** [[{A}][Winch]]
   It pulls.
   #+BEGIN_SRC python
   pull(rope)
   #+END_SRC

   #+begin_quote
   It pulls.
   #+end_quote
   [[https://example.org/w.png]]
   | a | b |
   |---+---|
   | 1 | 2 |

[fn:1] Tight ones.
"""


@pytest.mark.parametrize("name", ["notes.org", ""])
def test_org_is_read_as_its_markdown(name: str) -> None:
    digest = parse_digest(ORG, file_name=name)
    assert outline(digest) == [
        "| Hello from **us**, with 2\\*3 and \\[brackets\\].",
        "# News",
        f"Ropes <{A}>",
        "  *strong* and `x[1]`",
        f"Ann wrote Knots <{B}>",
        "  [^1]\n\n1. tight\n   - very\n\n[^1]: Tight ones.",
        f"{C} <{C}>",
        "# Tools",
        f"Winch <{A}>",
        (
            "  It pulls.\n\n```python\npull(rope)\n```\n\n> It pulls.\n\n"
            "![](<https://example.org/w.png>)\n\n| a | b |\n|---|---|\n| 1 | 2 |"
        ),
    ]
    assert (digest.title, digest.front_matter["date"]) == ("Harbour 12", "2026-03-01")
    assert [entry.line for entry in digest.entries] == [12, 13, 16, 18]
    assert [piece.text for piece in digest.dropped] == [
        "#+OPTIONS: toc:nil",
        ":weekly:",
        ":PROPERTIES:",
        ":ID: 42",
        ":END:",
        "# for ourselves",
        "TODO",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"** [[{A}/{n}][Ropes {n}]]\n   /Strong/ and *cheap*.\n" for n in range(3_000)),
        "".join("  " * n + "- a\n" for n in range(100)),
        "[[" * 100_000,
        "*a " * 50_000,
        "=a" * 100_000,
        "#+BEGIN_SRC\n" * 40_000,
        f"* a{' ' * 500_000}b\n- a{' ' * 500_000}b\n",
    ],
)
def test_large_and_hostile_org_is_read_in_time(text: str) -> None:
    parse_digest(text, file_name="notes.org")
