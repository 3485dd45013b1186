"""Lists as programs put them on the clipboard, made those that they show: nested in their items, in
one piece, and without a paragraph around each item.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import html

_LISTS = ("ul", "ol")
_LEVEL = "data-aria-level"
_WRAPPER = "ListContainerWrapper"
_END_OF_PARAGRAPH = "EOP"
DEEPEST = 9


def mend_lists(tree: html.HtmlElement) -> None:
    """Changes it in place."""
    for wrapper in list(tree.find_class(_WRAPPER)):
        wrapper.drop_tag()
    for blank in list(tree.find_class(_END_OF_PARAGRAPH)):
        blank.drop_tree()
    _nest(tree)
    for run in list(_runs_of_lists(tree)):
        _join(run)
    for item in tree.iter("li"):
        _make_tight(item)


def _nest(tree: html.HtmlElement) -> None:
    """Google Docs and Word have lists right within lists, instead of in the item above."""
    for inner in list(tree.iter(*_LISTS)):
        above, parent = inner.getprevious(), inner.getparent()
        if parent is None or parent.tag not in _LISTS:
            continue
        if above is not None and above.tag == "li":
            above.append(inner)
        elif above is None:
            inner.drop_tag()


def _runs_of_lists(tree: html.HtmlElement) -> Iterator[list[html.HtmlElement]]:
    """Lists side by side: Notion and Word on the web begin one for each item."""
    for first in list(tree.iter(*_LISTS)):
        if _follows_a_list(first):
            continue
        run, after = [first], first.getnext()
        while after is not None and after.tag in _LISTS and _follows_a_list(after):
            run.append(after)
            after = after.getnext()
        if len(run) > 1:
            yield run


def _follows_a_list(one: html.HtmlElement) -> bool:
    before = one.getprevious()
    return before is not None and before.tag in _LISTS and not (before.tail or "").strip()


def _join(run: list[html.HtmlElement]) -> None:
    """Word on the web says the level of an item beside it. A list that counts from 1 is another."""
    open_lists = [(_level(run[0]), run[0])]
    for one in run[1:]:
        level = _level(one)
        while len(open_lists) > 1 and open_lists[-1][0] > level:
            open_lists.pop()
        depth, last = open_lists[-1]
        if level > depth and len(last):
            tail, one.tail = one.tail, None
            last[-1].append(one)
            open_lists[0][1].tail = tail
            open_lists.append((level, one))
        elif level == depth and one.tag == last.tag and not _starts_anew(one):
            tail = one.tail
            last.extend(list(one))
            one.drop_tree()
            open_lists[0][1].tail = tail
        else:
            open_lists = [(level, one)]


def _level(one: html.HtmlElement) -> int:
    said = one[0].get(_LEVEL, "") if len(one) else ""
    return min(int(said), DEEPEST) if said.isascii() and said.isdigit() else 1


def _starts_anew(one: html.HtmlElement) -> bool:
    return bool(one.tag == "ol" and one.get("start", "1") == "1")


def _make_tight(item: html.HtmlElement) -> None:
    """An item of one paragraph, with lists below it or not, has no blank line around it."""
    blocks = [one for one in item if one.tag not in _LISTS]
    words = [item.text, *(one.tail for one in item)]
    is_one_paragraph = len(blocks) == 1 and blocks[0].tag in ("p", "div") and item[0] is blocks[0]
    if is_one_paragraph and not any((text or "").strip() for text in words):
        blocks[0].drop_tag()
