// A new entry can be written in at once: its fields have a stand-in until the server has made it.
// Ctrl-Enter adds one behind the entry that one is in.
import { fieldNamed, make, newKey, write } from "./page.js";
import { notice } from "./said.js";

/** @typedef {{ section?: number, after?: number | null }} Place */
/** @typedef {HTMLInputElement | HTMLTextAreaElement} Text */

/**
 * @param {HTMLFormElement} form
 * @param {(addition: { kind: "entry", key: string } & Place) => Promise<{ thing: string, id: number }>} add
 */
export function addsEntries(form, add) {
  /** The ids that entries get, by their stand-ins. @type {WeakMap<Element, Promise<number>>} */
  const coming = new WeakMap();

  /** At the end of what the button is of. @param {HTMLElement} button @param {number | null} section */
  function addBefore(button, section) {
    const standIn = standInForEntry();
    button.before(standIn);
    begin(standIn, () => (section ? { section } : {}));
  }
  /** @param {HTMLElement} section @param {Element | null} entry or the stand-in of one */
  function addBehind(section, entry) {
    const standIn = standInForEntry();
    if (entry) entry.after(standIn);
    else section.insertBefore(standIn, section.querySelector(":scope > [data-kind=entry], :scope > .add"));
    begin(standIn, async () => ({ section: idOf(section), after: entry ? await (coming.get(entry) ?? idOf(entry)) : null }));
  }

  /** @param {HTMLElement} standIn @param {() => Place | Promise<Place>} place */
  function begin(standIn, place) {
    const key = newKey();
    coming.set(standIn, new Promise((made) => {
      async function fill() {
        textsOf(standIn)[0].focus();
        try {
          const { thing, id } = await add({ kind: "entry", key, ...(await place()) });
          await composed(standIn);
          if (!document.getElementById(thing)) throw new Error("The server can’t be reached.");
          takeOver(form, standIn, thing);
          made(id);
        } catch (error) {
          notice(`The entry could not be added. ${error instanceof Error ? error.message : error}`, { label: "Try again", act: fill }, 0);
        }
      }
      fill();
    }));
  }

  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    const here = event.target instanceof Element ? event.target : form;
    const [section, entry] = [here.closest("[data-kind=section]"), here.closest("[data-kind=entry], .coming")];
    if (!(section instanceof HTMLElement) || !idOf(section) || (entry && !idOf(entry) && !coming.has(entry))) return;
    event.preventDefault();
    addBehind(section, entry);
  });
  return { addBefore };
}

function standInForEntry() {
  const texts = [
    make("input", { "data-stands-for": "title", placeholder: "Title", "aria-label": "Title", dir: "auto", autocomplete: "off" }),
    make("input", { "data-stands-for": "url", placeholder: "https://", "aria-label": "Link", inputmode: "url", autocapitalize: "none", autocomplete: "off" }),
    make("textarea", { "data-stands-for": "body", rows: "4", "aria-label": "Text, in Markdown", dir: "auto" }),
  ];
  const standIn = make("div", { class: "coming", role: "group", "aria-label": "New entry" }, ...texts);
  standIn.addEventListener("keydown", (event) => {
    // There is nothing yet that it could save.
    if (event.key === "Enter" && event.target instanceof HTMLInputElement && !event.isComposing) event.preventDefault();
  });
  standIn.addEventListener("compositionstart", () => { standIn.dataset.composing = ""; });
  standIn.addEventListener("compositionend", () => { delete standIn.dataset.composing; });
  return standIn;
}

/** What an input method is in the middle of would be lost. @param {HTMLElement} standIn */
async function composed(standIn) {
  if (standIn.dataset.composing === undefined) return;
  await new Promise((done) => standIn.addEventListener("compositionend", done, { once: true }));
}

/** In its place. The caret goes along, if it is still there.
 * @param {HTMLFormElement} form @param {HTMLElement} standIn @param {string} thing
 */
function takeOver(form, standIn, thing) {
  const entry = document.getElementById(thing);
  if (entry) standIn.before(entry);
  if (entry instanceof HTMLDetailsElement) entry.open = true;
  for (const text of textsOf(standIn)) {
    const field = fieldNamed(form, thing, text.dataset.standsFor ?? "");
    if (!field || field instanceof HTMLSelectElement) continue;
    if (text.value) write(field, text.value);
    if (text !== document.activeElement) continue;
    field.focus({ preventScroll: true });
    field.setSelectionRange(text.selectionStart, text.selectionEnd);
  }
  standIn.remove();
}

/** @param {HTMLElement} standIn @returns {Text[]} */
function textsOf(standIn) {
  return [...standIn.querySelectorAll("input, textarea")].filter((one) => one instanceof HTMLInputElement || one instanceof HTMLTextAreaElement);
}

/** @param {Element} thing */
function idOf(thing) {
  const found = /^(?:entry|section)-(\d+)$/.exec(thing.id);
  return found ? Number(found[1]) : 0;
}
