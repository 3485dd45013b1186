// Sections and entries in their order: moved by keyboard, by button, by mouse or finger.
import { move } from "../keeping/keeping.js";
import { notice } from "../keeping/said.js";
import { all, announce } from "./page.js";

/** @typedef {"up" | "down"} Way */

/** @param {HTMLElement} panes @param {HTMLFormElement} form @param {() => void} changed */
export function makeOutline(panes, form, changed) {
  const outline = form.querySelector("[data-outline]");
  if (!(outline instanceof HTMLElement)) return;

  /** @param {HTMLElement} thing @param {HTMLElement} section @param {Element | null} before */
  function put(thing, section, before) {
    const focused = document.activeElement;
    const leftovers = behind(thing);
    section.insertBefore(thing, before);
    thing.after(...leftovers);
    // Asked for first: the server works while the page is drawn.
    keep(thing).then(changed, (error) => notice(error.message));
    number(form);
    if (focused instanceof HTMLElement && thing.contains(focused)) focused.focus({ preventScroll: true });
    tellMove(thing);
    panes.dispatchEvent(new CustomEvent("outlined"));
  }
  /** What is not saved yet gets its place from the form. @param {HTMLElement} thing */
  async function keep(thing) {
    const { section, after } = placeOf(thing);
    if (idOf(thing.id) !== null) await move({ thing: thing.id, section: idOf(section), after: idOf(after) });
  }
  /** @param {HTMLElement} thing @param {Way} way */
  function step(thing, way) {
    const top = thing.getBoundingClientRect().top;
    const place = thing.dataset.kind === "section" ? nextToSection(thing, way) : nextToEntry(thing, way);
    if (!place) {
      announce(`${titleOf(thing)} is already at the ${way === "up" ? "top" : "end"}.`);
      return;
    }
    put(thing, place.section, place.before);
    // What is moved stays under the eyes, and the page moves behind it.
    window.scrollBy({ top: thing.getBoundingClientRect().top - top, behavior: "instant" });
  }

  form.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || !(event.target instanceof Element)) return;
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    const thing = event.target.closest("[data-kind=entry], [data-kind=section]");
    if (!(thing instanceof HTMLElement)) return;
    event.preventDefault();
    step(thing, event.key === "ArrowUp" ? "up" : "down");
  });
  form.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button[name=action]") : null;
    const [, way, name] = /^(up|down):(.+)$/.exec(button?.getAttribute("value") ?? "") ?? [];
    const thing = name ? document.getElementById(name) : null;
    if (!(button instanceof HTMLButtonElement) || !thing) return;
    event.preventDefault();
    step(thing, way === "up" ? "up" : "down");
    // At the edge the button is off, and the other one takes the focus.
    const other = document.getElementById(`${name}-${way === "up" ? "down" : "up"}`);
    (button.disabled ? other : button)?.focus({ preventScroll: true });
  });
  // A removal can be undone, so it needs no question.
  form.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button[value^='remove:']") : null;
    if (button instanceof HTMLElement) delete button.dataset.confirm;
  }, { capture: true });
  // Dragging is fetched once the page is there: a first touch can't wait for it.
  import("./drag.js").then((drag) => drag.dragByGrip(outline, put));
}

/** What was left out of a paste stays behind its entry.
 * @param {HTMLElement} thing
 */
function behind(thing) {
  const found = [];
  for (let at = thing.nextElementSibling; at?.classList.contains("left-over"); at = at.nextElementSibling) found.push(at);
  return thing.dataset.kind === "entry" ? found : [];
}

/** @param {HTMLElement} thing @param {Way} way */
function nextToSection(thing, way) {
  const neighbour = sectionBeside(thing, way);
  const outline = thing.parentElement;
  if (!neighbour || !outline) return null;
  return { section: outline, before: way === "up" ? neighbour : neighbour.nextElementSibling };
}

/** @param {Element} section @param {Way} way */
function sectionBeside(section, way) {
  const sections = all(section.parentElement ?? document, ":scope > [data-kind=section]");
  const at = sections.findIndex((one) => one === section);
  return sections[way === "up" ? at - 1 : at + 1] ?? null;
}

/** At a section's edge an entry goes on into the next one.
 * @param {HTMLElement} thing @param {Way} way
 */
function nextToEntry(thing, way) {
  const section = thing.closest("[data-kind=section]");
  const entries = section ? all(section, "[data-kind=entry]") : [];
  const at = entries.indexOf(thing);
  const next = way === "up" ? entries[at - 1] : entries[at + 1];
  if (next && section instanceof HTMLElement) return { section, before: way === "up" ? next : afterEntry(next) };
  const neighbour = section ? sectionBeside(section, way) : null;
  if (!neighbour) return null;
  const first = neighbour.querySelector("[data-kind=entry]");
  return { section: neighbour, before: way === "up" || !first ? endOf(neighbour) : first };
}

/** @param {HTMLElement} entry */
function afterEntry(entry) {
  const last = [entry, ...behind(entry)].at(-1);
  return last?.nextElementSibling ?? null;
}

/** The button that adds an entry ends each section.
 * @param {HTMLElement} section
 */
export function endOf(section) {
  return section.querySelector(":scope > .add");
}

/** The section that it is in, and what it is behind: null for nothing.
 * @param {HTMLElement} thing
 */
function placeOf(thing) {
  const section = thing.closest("[data-kind=section]");
  const siblings = thing.dataset.kind === "section"
    ? all(thing.parentElement ?? thing, ":scope > [data-kind=section]")
    : all(section ?? thing, "[data-kind=entry]");
  const after = siblings[siblings.indexOf(thing) - 1] ?? null;
  return { section: thing.dataset.kind === "section" ? null : section?.id ?? null, after: after?.id ?? null };
}

/** @param {HTMLElement} thing */
function titleOf(thing) {
  const title = thing.querySelector("[data-field=title]");
  const words = title instanceof HTMLInputElement ? title.value : "";
  return words ? `“${words}”` : thing.dataset.kind === "section" ? "The section" : "The entry";
}

/** @param {HTMLElement} thing */
function tellMove(thing) {
  const kind = thing.dataset.kind ?? "";
  const things = all(document, `[data-outline] [data-kind=${kind}]`);
  const section = kind === "entry" ? thing.closest("[data-kind=section]") : null;
  const within = section instanceof HTMLElement && titleOf(section) !== "The section" ? ` in ${titleOf(section)}` : "";
  announce(`${titleOf(thing)} is now ${kind} ${things.indexOf(thing) + 1} of ${things.length}${within}.`);
}

/** The ordinals on the page, and which button has nowhere to go.
 * @param {HTMLFormElement} form
 */
export function number(form) {
  const sections = all(form, "[data-kind=section]");
  const first = sections[0]?.querySelector("[data-kind=entry]") ?? null;
  const last = sections.length ? all(sections[sections.length - 1], "[data-kind=entry]").at(-1) ?? null : null;
  numberThings("section", sections, [sections[0], sections.at(-1)]);
  numberThings("entry", all(form, "[data-kind=entry]"), [first, last]);
}

/** @param {"section" | "entry"} kind @param {HTMLElement[]} things @param {(Element | null | undefined)[]} edges the one that can't go up, and the one that can't go down */
function numberThings(kind, things, edges) {
  things.forEach((thing, at) => {
    const shown = thing.querySelector(":scope > summary > .ordinal");
    if (shown) shown.textContent = String(at + 1);
    ["up", "down"].forEach((way, end) => {
      const button = document.getElementById(`${thing.id}-${way}`);
      if (!(button instanceof HTMLButtonElement)) return;
      button.setAttribute("aria-label", `Move ${kind} ${at + 1} ${way}`);
      button.disabled = thing === edges[end];
    });
  });
}

/** The number in `entry-17`; null for one that the server does not know yet.
 * @param {string | null} name
 */
function idOf(name) {
  const found = /^(?:section|entry)-(\d+)$/.exec(name ?? "");
  return found ? Number(found[1]) : null;
}
