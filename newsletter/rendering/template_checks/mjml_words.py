"""The tags of MJML and their attributes: the compiler passes over all others in silence.

From the reference of MJML 4. What mrml does not support (mj-html-attributes, mj-include in a body,
`inline` styles) is left out.
"""

from __future__ import annotations

_EVERYWHERE = "css-class mj-class"
_PADDING = "padding padding-top padding-right padding-bottom padding-left"
_FONT = "color font-family font-size font-style font-weight letter-spacing line-height"
_WORDS = "align text-align text-decoration text-transform"
_BORDER = "border border-top border-right border-bottom border-left border-radius"
_BACKGROUND = (
    "background-color background-url background-repeat background-size background-position "
    "background-position-x background-position-y"
)
_BOX = f"{_PADDING} {_BORDER} {_BACKGROUND} direction full-width text-align text-padding"
_ICON = (
    "icon-align icon-height icon-position icon-unwrapped-alt icon-unwrapped-url "
    "icon-width icon-wrapped-alt icon-wrapped-url"
)
_LINK = "href rel target title name"

_TAGS = {
    "mjml": "owa lang dir",
    "mj-head": "",
    "mj-body": "width background-color lang dir",
    "mj-attributes": "",
    "mj-all": "*",
    "mj-class": "*",
    "mj-breakpoint": "width",
    "mj-font": "name href",
    "mj-preview": "",
    "mj-style": "",
    "mj-title": "",
    "mj-raw": "",
    "mj-section": _BOX,
    "mj-wrapper": _BOX + " gap",
    "mj-group": "width vertical-align background-color direction",
    "mj-column": f"{_PADDING} {_BORDER} background-color direction width vertical-align "
    "inner-background-color inner-border inner-border-top inner-border-right "
    "inner-border-bottom inner-border-left inner-border-radius",
    "mj-text": f"{_PADDING} {_FONT} {_WORDS} height vertical-align container-background-color",
    "mj-button": f"{_PADDING} {_FONT} {_WORDS} {_BORDER} {_LINK} background-color height width "
    "container-background-color inner-padding vertical-align",
    "mj-image": f"{_PADDING} {_BORDER} {_LINK} align alt container-background-color height src "
    "srcset sizes usemap width max-height fluid-on-mobile font-size",
    "mj-divider": f"{_PADDING} align border-color border-style border-width width "
    "container-background-color",
    "mj-spacer": f"{_PADDING} height width container-background-color vertical-align",
    "mj-table": f"{_PADDING} {_FONT} align border cellpadding cellspacing role table-layout width "
    "container-background-color vertical-align",
    "mj-hero": f"{_PADDING} {_BACKGROUND} background-height background-width border-radius height "
    "mode vertical-align width inner-background-color inner-padding "
    "container-background-color align",
    "mj-navbar": f"{_PADDING} align base-url hamburger ico-align ico-close ico-color "
    "ico-font-family ico-font-size ico-line-height ico-open ico-padding ico-padding-bottom "
    "ico-padding-left ico-padding-right ico-padding-top ico-text-decoration ico-text-transform",
    "mj-navbar-link": f"{_PADDING} {_FONT} {_LINK} text-decoration text-transform",
    "mj-social": f"{_PADDING} {_FONT} align border-radius container-background-color icon-height "
    "icon-size inner-padding mode table-layout text-padding text-decoration vertical-align",
    "mj-social-element": f"{_PADDING} {_FONT} {_LINK} align alt background-color border-radius "
    "icon-height icon-padding icon-position icon-size sizes src srcset text-padding "
    "text-decoration vertical-align",
    "mj-accordion": f"{_PADDING} {_ICON} border container-background-color font-family",
    "mj-accordion-element": f"{_ICON} background-color border font-family",
    "mj-accordion-title": f"{_PADDING} background-color color font-family font-size font-weight",
    "mj-accordion-text": f"{_PADDING} {_FONT} background-color",
    "mj-carousel": f"{_PADDING} align background-color border-radius icon-width left-icon "
    "right-icon tb-border tb-border-radius tb-hover-border-color tb-selected-border-color "
    "tb-width thumbnails container-background-color",
    "mj-carousel-image": f"{_LINK} alt border-radius src srcset sizes tb-border tb-border-radius "
    "thumbnails-src",
}

MJML_TAGS: dict[str, frozenset[str]] = {
    tag: frozenset(f"{own} {_EVERYWHERE}".split()) for tag, own in _TAGS.items()
}
"""The attributes of each tag; `*` for those that take any."""

HTML_TAGS = frozenset(
    """a abbr address article aside b bdi bdo blockquote body br caption center cite code col
    colgroup dd del dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 head header hr
    html i img ins kbd li link main map area mark meta nav ol p pre q s samp section small span
    strike strong style sub summary details sup table tbody td tfoot th thead time title tr tt u ul
    var wbr""".split()
)
"""The tags allowed inside mj-text, mj-raw and mj-table."""

NOT_SUPPORTED = {
    "mj-include": "use {% include “…” %} instead, which keeps the column width",
    "mj-html-attributes": "the compiler drops it",
    "mj-selector": "the compiler drops it",
    "mj-html-attribute": "the compiler drops it",
    "script": "email programs do not run scripts",
    "iframe": "email programs do not show frames",
    "form": "most email programs remove forms",
    "svg": "Gmail and Outlook remove inline SVG",
    "video": "most email programs remove it",
    "audio": "most email programs remove it",
}

_IN_COLUMNS = (
    "mj-accordion mj-button mj-carousel mj-divider mj-image mj-navbar mj-raw mj-social mj-spacer "
    "mj-table mj-text"
)
_CHILDREN = {
    "mjml": "mj-head mj-body",
    "mj-head": "mj-attributes mj-breakpoint mj-font mj-preview mj-raw mj-style mj-title",
    "mj-attributes": "*",
    "mj-body": "mj-section mj-wrapper mj-hero mj-raw",
    "mj-wrapper": "mj-section mj-hero mj-raw",
    "mj-section": "mj-column mj-group mj-raw",
    "mj-group": "mj-column mj-raw",
    "mj-column": _IN_COLUMNS,
    "mj-hero": _IN_COLUMNS,
    "mj-social": "mj-social-element mj-raw",
    "mj-navbar": "mj-navbar-link mj-raw",
    "mj-carousel": "mj-carousel-image",
    "mj-accordion": "mj-accordion-element mj-raw",
    "mj-accordion-element": "mj-accordion-title mj-accordion-text mj-raw",
}

CHILDREN: dict[str, frozenset[str]] = {
    parent: frozenset(children.split()) for parent, children in _CHILDREN.items()
}
"""The tags allowed directly inside tags that hold other MJML tags. `*` for any."""

HTML_ALONE = frozenset(MJML_TAGS.keys() - CHILDREN.keys())
