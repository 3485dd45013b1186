"""The words of CSS that a style sheet of a mail may use: mail programs pass over all others."""

from __future__ import annotations

import re
from collections.abc import Iterator

_BOX = "margin padding border"
_SIDES = "top right bottom left"
_PROPERTIES = """
    align-content align-items align-self all animation aspect-ratio background
    background-attachment background-clip background-color background-image background-origin
    background-position background-repeat background-size border-collapse border-color
    border-radius border-spacing border-style border-width bottom box-shadow box-sizing
    caption-side clear clip clip-path color color-scheme column-count column-gap columns content
    cursor direction display empty-cells filter flex flex-basis flex-direction flex-flow flex-grow
    flex-shrink flex-wrap float font font-family font-feature-settings font-size font-style
    font-variant font-weight font-stretch forced-color-adjust gap grid height hyphens
    image-rendering inline-size isolation justify-content left letter-spacing line-break
    line-height list-style list-style-image list-style-position list-style-type margin-inline
    max-height max-width min-height min-width mix-blend-mode object-fit object-position opacity
    order orphans outline outline-color outline-offset outline-style outline-width overflow
    overflow-wrap overflow-x overflow-y page-break-after page-break-before page-break-inside
    padding-inline pointer-events position print-color-adjust quotes resize right row-gap
    src supported-color-schemes tab-size table-layout text-align text-decoration
    text-decoration-color text-decoration-line text-decoration-style text-indent text-overflow
    text-rendering text-shadow text-size-adjust text-transform text-underline-offset top
    transform transition unicode-bidi unicode-range user-select vertical-align visibility
    white-space widows width word-break word-spacing word-wrap writing-mode z-index
""".split()
PROPERTIES = frozenset(
    [
        *_PROPERTIES,
        *_BOX.split(),
        *(f"{box}-{side}" for box in _BOX.split() for side in _SIDES.split()),
        *(f"border-{s}-{what}" for s in _SIDES.split() for what in ("color", "style", "width")),
        *(f"border-{v}-{h}-radius" for v in ("top", "bottom") for h in ("left", "right")),
    ]
)
_OF_ONE_PROGRAM = re.compile(r"-?(?:mso|webkit|moz|ms|o|premailer)-[a-z-]+|--.*")

_COLOUR_NAMES = frozenset(
    """aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue
    blueviolet brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson
    cyan darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta
    darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen darkslateblue
    darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray dimgrey
    dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray
    green greenyellow grey honeydew hotpink indianred indigo ivory khaki lavender lavenderblush
    lawngreen lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen
    lightgrey lightpink lightsalmon lightseagreen lightskyblue lightslategray lightslategrey
    lightsteelblue lightyellow lime limegreen linen magenta maroon mediumaquamarine mediumblue
    mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen mediumturquoise
    mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive
    olivedrab orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip
    peachpuff peru pink plum powderblue purple rebeccapurple red rosybrown royalblue saddlebrown
    salmon sandybrown seagreen seashell sienna silver skyblue slateblue slategray slategrey snow
    springgreen steelblue tan teal thistle tomato turquoise violet wheat white whitesmoke yellow
    yellowgreen transparent inherit currentcolor none""".split()
)
_COLOUR = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|(?:rgb|hsl)a?\([\d\s.,%/]+\)")
_LENGTH = re.compile(r"-?\d*\.?\d+(?:px|%|em|pt)?|auto|normal|inherit")
_BLOCK = re.compile(r"\{([^{}]*)\}")


def is_property(name: str) -> bool:
    return name in PROPERTIES or bool(_OF_ONE_PROGRAM.fullmatch(name))


def is_colour(value: str) -> bool:
    return value.lower() in _COLOUR_NAMES or bool(_COLOUR.fullmatch(value.lower()))


def are_lengths(value: str) -> bool:
    """One or several, as padding takes them."""
    parts = value.split()
    return bool(parts) and all(map(_LENGTH.fullmatch, parts))


def declarations(css: str) -> Iterator[tuple[int, str, str | None]]:
    """(position, name, value) of each declaration. The value is None if the colon is missing."""
    for block in _BLOCK.finditer(css):
        yield from declarations_of_tag(block[1], block.start(1))


def declarations_of_tag(style: str, start: int = 0) -> Iterator[tuple[int, str, str | None]]:
    """The same of a `style` attribute."""
    for piece in re.finditer(r"[^;]+", re.sub(r"\([^)]*\)", _parenthesis, style)):
        if piece[0].strip():
            name, colon, value = piece[0].partition(":")
            place = start + piece.start() + len(name) - len(name.lstrip())
            yield place, name.strip().lower(), value.strip() if colon else None


def _parenthesis(found: re.Match[str]) -> str:
    """A `;` in it, as of an address, ends nothing."""
    return found[0].replace(";", ",")
