// The text and the mail are scrolled together, and lead to one another.
import { all, partOf } from "./page.js";

const MARGIN_PX = 90;

/** @param {HTMLFormElement} form @param {HTMLIFrameElement} frame @param {(pane: string) => void} show */
export function scrollTogether(form, frame, show) {
  /** Which side a person scrolls: the other one follows. @type {"text" | "mail"} */
  let driver = "text";

  /** Where each thing is on both sides, in pixels from their tops. */
  function places() {
    const page = frame.contentDocument;
    const mail = frame.contentWindow;
    if (!page?.body || !mail) return [];
    /** @type {Map<string, number>} */
    const tops = new Map();
    for (const part of page.querySelectorAll("[data-part]")) {
      const name = part.getAttribute("data-part") ?? "";
      if (!tops.has(name)) tops.set(name, part.getBoundingClientRect().top + mail.scrollY);
    }
    const texts = all(form, ".issue-head, [data-kind=section], [data-kind=entry]");
    const pairs = texts.map((one) => ({
      text: one.getBoundingClientRect().top + window.scrollY,
      mail: tops.get(one.id || "title"),
    }));
    return pairs.flatMap((pair) => (pair.mail === undefined ? [] : [{ text: pair.text, mail: pair.mail }]));
  }
  /** What is written in has the same height on both sides; else what is at the top has.
   * @param {ScrollBehavior} [behavior]
   */
  function followText(behavior = "instant") {
    const here = document.activeElement?.closest("[data-kind=entry], .section-head, .issue-head");
    const top = here && form.contains(here) ? here.getBoundingClientRect().top : -1;
    const line = top >= 0 && top < window.innerHeight * 0.7 ? top : MARGIN_PX;
    frame.contentWindow?.scrollTo({ top: between(places(), "text", "mail", window.scrollY + line + 1) - line, behavior });
  }
  function followMail() {
    const top = (frame.contentWindow?.scrollY ?? 0) + MARGIN_PX;
    window.scrollTo({ top: between(places(), "mail", "text", top) - MARGIN_PX });
  }
  /** @param {string} name */
  function mark(name) {
    const page = frame.contentDocument;
    if (!page) return;
    for (const part of page.querySelectorAll("[data-part]")) {
      part.toggleAttribute("data-here", part.getAttribute("data-part") === name);
    }
  }

  for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    window.addEventListener(kind, () => { driver = "text"; }, { passive: true });
  }
  window.addEventListener("scroll", () => { if (driver === "text") followText(); }, { passive: true });
  form.addEventListener("focusin", (event) => {
    if (!(event.target instanceof Element)) return;
    mark(partOf(event.target));
    followText(matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth");
  });
  document.addEventListener("composed", () => {
    listen();
    if (document.activeElement && form.contains(document.activeElement)) mark(partOf(document.activeElement));
  });

  /** A frame that was loaded again has another window. @type {Window | null} */
  let heard = null;
  function listen() {
    const mail = frame.contentWindow;
    if (!mail || mail === heard) return;
    heard = mail;
    for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) {
      mail.addEventListener(kind, () => { driver = "mail"; }, { passive: true });
    }
    mail.addEventListener("scroll", () => { if (driver === "mail") followMail(); }, { passive: true });
    mail.addEventListener("click", (event) => {
      event.preventDefault();
      const name = clicked(mail.document, event);
      if (name) open(name);
    });
  }
  /** @param {string} name */
  function open(name) {
    show("writing");
    driver = "text";
    const thing = document.getElementById(name.replace(/-intro$/, ""));
    if (thing instanceof HTMLDetailsElement) thing.open = true;
    const field = name.endsWith("-intro") ? document.getElementById(name) : thing?.querySelector("[data-field]") ?? thing;
    if (!(field instanceof HTMLElement)) return;
    for (let at = field.closest("details"); at; at = at.parentElement?.closest("details") ?? null) at.open = true;
    field.focus({ preventScroll: true });
    (thing ?? field).scrollIntoView({ block: "start" });
    mark(name);
  }
  frame.addEventListener("load", listen);
  listen();
}

/** The part that was clicked: the last one that begins before it.
 * @param {Document} page @param {MouseEvent} event
 */
function clicked(page, event) {
  const parts = [...page.querySelectorAll("[data-part]")];
  const above = parts.filter((part) => part.getBoundingClientRect().top <= event.clientY + 4);
  return above.at(-1)?.getAttribute("data-part");
}

/** On the straight line between the two things around it.
 * @param {{text: number, mail: number}[]} pairs @param {"text" | "mail"} from @param {"text" | "mail"} to
 * @param {number} at
 */
function between(pairs, from, to, at) {
  const next = pairs.findIndex((pair) => pair[from] > at);
  const low = pairs[next < 0 ? pairs.length - 1 : next - 1];
  const high = pairs[next];
  if (!low) return 0;
  if (!high) return low[to] + (at - low[from]);
  return low[to] + ((at - low[from]) / (high[from] - low[from])) * (high[to] - low[to]);
}
