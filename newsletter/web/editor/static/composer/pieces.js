// Sections and entries come and go without a reload; what was removed can be brought back.
import { all, announce, the } from "./page.js";
import { idOf } from "./things.js";

const UNDO_MS = 20_000;

/**
 * @param {HTMLElement} panes @param {HTMLFormElement} form
 * @param {ReturnType<typeof import("./things.js").thingsOf>} things @param {() => void} changed
 */
export function addAndRemove(panes, form, things, changed) {
  // Undo takes the place of the question.
  for (const one of all(form, "[name=action][data-confirm]")) if (one.getAttribute("value")?.startsWith("remove:")) delete one.dataset.confirm;

  form.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button[name=action]") : null;
    const [, verb, name] = /^(add-entry|add-section|remove)(?::(.+))?$/.exec(button?.getAttribute("value") ?? "") ?? [];
    const thing = name ? document.getElementById(name) : null;
    // Where what is typed is saved by itself, its script adds and removes, too.
    if (!verb || "keeping" in form.dataset || (name && idOf(name) === null)) return;
    event.preventDefault();
    const done = verb === "remove" ? remove(thing) : add(verb === "add-section" ? "section" : "entry", thing);
    done.catch((error) => toast(panes, error.message));
  });

  /** @param {"section" | "entry"} kind @param {HTMLElement | null} section */
  async function add(kind, section) {
    const home = section ?? all(form, "[data-kind=section]").at(-1) ?? null;
    const parent = kind === "entry" && !home ? await addPiece("section", null) : home;
    const made = await addPiece(kind, parent);
    const field = made.querySelector("[data-field=title]");
    if (field instanceof HTMLElement) field.focus();
    changed();
  }
  /** @param {"section" | "entry"} kind @param {HTMLElement | null} home */
  async function addPiece(kind, home) {
    const { thing } = await things.add({ kind, section: kind === "entry" ? idOf(home?.id) : null });
    const blank = the(panes, `template[data-blank=${kind}]`, HTMLTemplateElement);
    const holder = document.createElement("template");
    holder.innerHTML = blank.innerHTML.replaceAll(`${kind}-0`, thing);
    const made = holder.content.firstElementChild;
    if (!(made instanceof HTMLElement)) throw new Error("The page has no blank piece.");
    made.dataset.id = String(idOf(thing));
    if (kind === "entry" && home) home.insertBefore(made, home.querySelector(":scope > .add"));
    else the(form, "[data-outline]", HTMLElement).append(made);
    return made;
  }
  /** @param {HTMLElement | null} thing */
  async function remove(thing) {
    if (!thing) return;
    await things.remove(thing.id);
    const place = { parent: thing.parentElement, before: thing.nextSibling };
    const next = thing.nextElementSibling ?? thing.previousElementSibling;
    thing.remove();
    if (next instanceof HTMLElement) focusOn(next);
    changed();
    const title = thing.querySelector("[data-field=title]");
    const words = title instanceof HTMLInputElement && title.value ? `“${title.value}”` : thing.dataset.kind === "section" ? "The section" : "The entry";
    toast(panes, `${words} is removed.`, async () => {
      await things.restore(thing.id);
      place.parent?.insertBefore(thing, place.before?.parentNode === place.parent ? place.before : null);
      focusOn(thing);
      changed();
      announce(`${words} is back.`);
    });
  }
}

/** @param {HTMLElement} thing */
function focusOn(thing) {
  const target = thing.querySelector("summary, input, button") ?? thing;
  if (target instanceof HTMLElement) target.focus({ preventScroll: true });
}

/** @param {HTMLElement} panes @param {string} words @param {() => Promise<void>} [undo] */
export function toast(panes, words, undo) {
  const list = the(panes, ".toasts", HTMLElement);
  const made = document.createElement("div");
  made.className = "toast";
  const said = document.createElement("span");
  said.textContent = words;
  made.append(said);
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "secondary small";
    button.textContent = "Undo";
    button.addEventListener("click", () => {
      undo().catch((error) => toast(panes, error.message));
      made.remove();
    });
    made.append(button);
  }
  list.append(made);
  window.setTimeout(() => made.remove(), UNDO_MS);
}
