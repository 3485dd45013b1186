"""Whether the element in focus can be told from the others: a ring around it that stands out."""

from __future__ import annotations

from typing import Any

LEAST_CONTRAST = 3
"""Of the ring and what is behind it [WCAG 2.2, 1.4.11]."""


def focus_faults(page: Any) -> list[str]:
    """The elements that don't show that they have the focus, and why, each by its beginning.

    Frames are left out: it is their document that has the focus. After a key of the keyboard, so
    that the browser shows the focus of whatever gets it.
    """
    page.keyboard.press("Tab")
    return [str(fault) for fault in page.evaluate(_FAULTS, LEAST_CONTRAST)]


_FAULTS = """(leastContrast) => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const read = new Map();
  const rgba = (colour) => {
    if (!read.has(colour)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      read.set(colour, [...canvas.getImageData(0, 0, 1, 1).data]);
    }
    return read.get(colour);
  };
  const over = (below, above) =>
    below.map((part, at) => part + (above[at] - part) * above[3] / 255);
  const behind = (one) => {
    const layers = [];
    for (let at = one.parentElement; at; at = at.parentElement)
      layers.unshift(rgba(getComputedStyle(at).backgroundColor));
    return layers.reduce(over, [255, 255, 255]);
  };
  const light = (colour) => colour
    .map((part) => part / 255)
    .map((part) => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [.2126, .7152, .0722][at], 0);
  const contrast = (colours) => {
    const [dim, bright] = colours.map(light).sort((a, b) => a - b);
    return (bright + .05) / (dim + .05);
  };
  const fault = (one) => {
    one.focus({ preventScroll: true });
    if (document.activeElement !== one) return "";  // in a menu that is shut, or disabled
    const style = getComputedStyle(one), ground = behind(one);
    if (style.outlineStyle === "auto") return "";  // the browser's own
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) return "no ring";
    const ratio = contrast([over(ground, rgba(style.outlineColor)), ground]);
    return ratio < leastContrast ? `a ring of ${ratio.toFixed(1)}:1` : "";
  };
  const places = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  return [...document.querySelectorAll(places)]
    .map((one) => [one, fault(one)])
    .filter(([, words]) => words)
    .map(([one, words]) => `${words}: ${one.outerHTML.slice(0, 80)}`);
}"""
