"""Tables, with a bound: a row needs two bytes and makes a cell for each column of the head."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block.state_block import StateBlock
from markdown_it.rules_block.table import table

from newsletter.domain.errors import InvalidInput

MOST_CELLS = 5_000
"""Of all tables of a body. A phone shows four columns."""
INSIDE: RuleOptionsType = {"alt": ["paragraph", "reference"]}
"""Where a table may begin without a blank line before it, as markdown-it has it."""


def use_bounded_tables(parser: MarkdownIt) -> None:
    parser.block.ruler.at("table", _bounded_table, INSIDE)


def _bounded_table(state: StateBlock, first: int, end: int, silent: bool) -> bool:  # noqa: FBT001  the library's
    """Counts before the cells are made. Raises InvalidInput when there are too many."""
    if not table(state, first, end, True):
        return False
    if not silent:
        cells = state.env.get("cells", 0) + _most_cells(state, first, end)
        if cells > MOST_CELLS:
            raise InvalidInput(
                f"The tables of one text have more than {MOST_CELLS:,} cells.",
                advice="Link to the whole table, and keep the rows that matter.",
                field="body",
            )
        state.env["cells"] = cells
    return table(state, first, end, silent)


def _most_cells(state: StateBlock, first: int, end: int) -> int:
    """A table ends at a blank line, if not before."""
    last = next((line for line in range(first, end) if state.isEmpty(line)), end)
    head = state.src[state.bMarks[first] : state.eMarks[first]]
    return (head.count("|") + 1) * (last - first)
