// Sections and entries come into the page, go, and change places, as the server has them. What comes is
// taken from the page as the server renders it, so that it is written in one place.
import { endOf, number } from "../composer/outline.js";

/** @typedef {{ id: number, entries: number[] }} SectionIds */

/** @param {HTMLFormElement} form */
export function arranges(form) {
  /** @param {string} id */
  const here = (id) => form.querySelector(`#${CSS.escape(id)}`);

  /** Makes the page show these, in this order. What is in `spared` stays although it was removed.
   * @param {SectionIds[]} outline @param {(thing: string) => boolean} spared
   */
  async function arrange(outline, spared) {
    const wanted = outline.flatMap((one) => [`section-${one.id}`, ...one.entries.map((id) => `entry-${id}`)]);
    const missing = wanted.filter((id) => !here(id));
    const page = missing.length ? await freshPage() : null;
    const gone = [...form.querySelectorAll("[data-kind=section], [data-kind=entry]")]
      .filter((one) => /^(section|entry)-\d+$/.test(one.id) && !wanted.includes(one.id));
    const focused = document.activeElement;
    const place = form.querySelector("[data-outline]");
    if (!(place instanceof HTMLElement)) return [];
    inOrder(place, outline.map((one) => `section-${one.id}`), place.querySelector(":scope > .drop-line"), page);
    for (const { id, entries } of outline) {
      const section = here(`section-${id}`);
      if (section instanceof HTMLElement) inOrder(section, entries.map((one) => `entry-${one}`), endOf(section), page);
    }
    const lost = gone.filter((one) => spared(one.id) || one.querySelector("[data-kind]"));
    for (const one of gone) if (!lost.includes(one)) one.remove();
    if (focused instanceof HTMLElement && focused !== document.activeElement) focused.focus({ preventScroll: true });
    number(form);
    form.closest("[data-composer]")?.dispatchEvent(new CustomEvent("outlined"));
    form.dispatchEvent(new Event("input", { bubbles: true }));
    return lost.map((one) => one.id);
  }

  /** From the last to the first, so that what is in its place is not touched.
   * @param {HTMLElement} parent @param {string[]} ids @param {Element | null} end @param {Document | null} page
   */
  function inOrder(parent, ids, end, page) {
    let next = end;
    for (const id of [...ids].reverse()) {
      const element = here(id) ?? adopted(page, id);
      if (!element) continue;
      if (element.parentElement !== parent || !isRightBefore(element, next)) {
        const behind = leftOvers(element);
        parent.insertBefore(element, next);
        element.after(...behind);
      }
      next = element;
    }
  }

  /** @param {Document | null} page @param {string} id */
  function adopted(page, id) {
    const found = page?.getElementById(id);
    return found ? document.adoptNode(found) : null;
  }

  async function freshPage() {
    const answer = await fetch(window.location.pathname, { headers: { Accept: "text/html" } });
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }
  return { arrange, here };
}

/** @param {Element} element @param {Element | null} next */
function isRightBefore(element, next) {
  let at = element.nextElementSibling;
  while (at && at !== next && !(at instanceof HTMLElement && at.dataset.kind)) at = at.nextElementSibling;
  return at === next;
}

/** @param {Element} element */
function leftOvers(element) {
  const found = [];
  for (let at = element.nextElementSibling; at?.classList.contains("left-over"); at = at.nextElementSibling) found.push(at);
  return found;
}
