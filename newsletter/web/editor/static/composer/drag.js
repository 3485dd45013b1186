// Dragging by a grip, with mouse or finger: a line shows where it will be. Escape leaves it.
import { all } from "./page.js";

const NEAR_PX = 5;
const EDGE_PX = 70;

/** @typedef {(thing: HTMLElement, section: HTMLElement, before: Element | null) => void} Put */

/** @param {HTMLElement} outline @param {Put} put */
export function dragByGrip(outline, put) {
  const line = document.createElement("div");
  line.className = "drop-line";
  line.hidden = true;
  outline.append(line);
  // A grip is in the row that opens an entry, and a touch of it opens nothing.
  outline.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest(".grip")) event.preventDefault();
  });
  outline.addEventListener("pointerdown", (event) => {
    const grip = event.target instanceof Element ? event.target.closest(".grip") : null;
    const thing = grip?.closest("[data-kind=entry], [data-kind=section]");
    if (!(grip instanceof HTMLElement) || !(thing instanceof HTMLElement) || event.button !== 0) return;
    event.preventDefault();
    follow(grip, thing, event);
  });

  /** @param {HTMLElement} grip @param {HTMLElement} thing @param {PointerEvent} begun */
  function follow(grip, thing, begun) {
    const listening = new AbortController();
    const { signal } = listening;
    let y = begun.clientY;
    let isDragging = false;
    /** @type {ReturnType<typeof placeAt>} */
    let place = null;
    grip.setPointerCapture(begun.pointerId);

    function look() {
      place = placeAt(outline, thing, y);
      line.hidden = place === null;
      if (place) line.style.top = `${place.top - outline.getBoundingClientRect().top}px`;
    }
    function scroll() {
      if (signal.aborted) return;
      const speed = y < EDGE_PX ? y - EDGE_PX : Math.max(0, y - (window.innerHeight - EDGE_PX));
      if (isDragging && speed) {
        window.scrollBy({ top: speed / 4, behavior: "instant" });
        look();
      }
      window.requestAnimationFrame(scroll);
    }
    /** @param {boolean} isDropped */
    function end(isDropped) {
      listening.abort();
      line.hidden = true;
      thing.classList.remove("dragged");
      outline.classList.remove("dragging");
      if (isDropped && isDragging && place) put(thing, place.section, place.before);
    }
    grip.addEventListener("pointermove", (event) => {
      y = event.clientY;
      if (!isDragging && Math.abs(y - begun.clientY) < NEAR_PX) return;
      isDragging = true;
      thing.classList.add("dragged");
      outline.classList.add("dragging");
      look();
    }, { signal });
    grip.addEventListener("pointerup", () => end(true), { signal });
    grip.addEventListener("pointercancel", () => end(false), { signal });
    window.addEventListener("keydown", (event) => { if (event.key === "Escape") end(false); }, { signal });
    window.requestAnimationFrame(scroll);
  }
}

/** The gap nearest to a height on the screen; null for where it is already.
 * @param {HTMLElement} outline @param {HTMLElement} thing @param {number} y
 */
function placeAt(outline, thing, y) {
  const gaps = thing.dataset.kind === "section" ? sectionGaps(outline) : entryGaps(outline);
  const [nearest] = gaps.sort((a, b) => Math.abs(a.top - y) - Math.abs(b.top - y));
  if (!nearest || nearest.before === thing || nearest.behind === thing) return null;
  return nearest;
}

/** @param {HTMLElement} outline */
function sectionGaps(outline) {
  const sections = all(outline, ":scope > [data-kind=section]");
  const gaps = sections.map((one, at) => ({
    section: outline, before: /** @type {Element | null} */ (one), behind: sections[at - 1] ?? null, top: one.getBoundingClientRect().top,
  }));
  const last = sections.at(-1);
  if (last) gaps.push({ section: outline, before: last.nextElementSibling, behind: last, top: last.getBoundingClientRect().bottom });
  return gaps;
}

/** @param {HTMLElement} outline */
function entryGaps(outline) {
  return all(outline, ":scope > [data-kind=section]").flatMap((section) => {
    const entries = all(section, "[data-kind=entry]");
    const gaps = entries.map((one, at) => ({
      section, before: /** @type {Element | null} */ (one), behind: entries[at - 1] ?? null, top: one.getBoundingClientRect().top,
    }));
    const end = section.querySelector(":scope > .add");
    const bottom = entries.at(-1)?.getBoundingClientRect().bottom ?? end?.getBoundingClientRect().top ?? 0;
    return [...gaps, { section, before: end, behind: entries.at(-1) ?? null, top: bottom }];
  });
}
