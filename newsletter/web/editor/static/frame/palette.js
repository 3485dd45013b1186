// The command palette: type, choose with the arrows, go. Pages and actions are matched here, issues and
// subscribers by the server. A combobox with a listbox, as ARIA has it.
import { rank } from "./fuzzy.js";

/** @typedef {{label: string, about: string, url: string}} Item */

const MOST_SHOWN = 12;
const WAIT_MS = 120;

/** @type {HTMLDialogElement | null} */
let dialog = null;

/** @param {string} source where the places are to be had, and what is found for `q` */
export function openPalette(source) {
  dialog ??= makeDialog(source);
  if (!dialog.open) dialog.showModal();
  const input = dialog.querySelector("input");
  input?.select();
}

/** @param {string} source @returns {HTMLDialogElement} */
function makeDialog(source) {
  const made = document.createElement("dialog");
  made.className = "palette";
  made.setAttribute("aria-label", "Find or do");
  made.innerHTML = `<input type="text" role="combobox" aria-label="Page, issue, subscriber or action"
      placeholder="Page, issue, subscriber or action" aria-expanded="true" aria-controls="palette-list"
      aria-autocomplete="list" autocomplete="off" spellcheck="false" maxlength="200">
    <ul id="palette-list" role="listbox" aria-label="Found"></ul>
    <p class="meta" role="status"></p>`;
  document.body.append(made);
  const input = /** @type {HTMLInputElement} */ (made.querySelector("input"));
  const list = /** @type {HTMLUListElement} */ (made.querySelector("ul"));
  const status = /** @type {HTMLParagraphElement} */ (made.querySelector("p"));
  /** @type {Item[]} */ let places = [];
  /** @type {Item[]} */ let found = [];
  let chosen = 0;
  let waiting = 0;

  const show = () => {
    const items = [...rank(places, input.value), ...found].slice(0, MOST_SHOWN);
    list.replaceChildren(...items.map(asOption));
    status.textContent = items.length ? "" : "Nothing found. An address is found only as a whole.";
    choose(0);
  };
  /** @param {number} at */
  const choose = (at) => {
    const options = [...list.children];
    chosen = options.length ? (at + options.length) % options.length : 0;
    options.forEach((one, n) => one.setAttribute("aria-selected", String(n === chosen)));
    input.setAttribute("aria-activedescendant", options[chosen]?.id ?? "");
    options[chosen]?.scrollIntoView({ block: "nearest" });
  };
  const look = async () => {
    const asked = input.value.trim();
    const answer = asked.length > 1 || /\d/.test(asked) ? await ask(source, asked) : [];
    if (asked !== input.value.trim()) return;
    found = answer;
    show();
  };

  ask(source, "").then((items) => {
    places = items;
    show();
  });
  input.addEventListener("input", () => {
    found = [];
    show();
    clearTimeout(waiting);
    waiting = setTimeout(look, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose(chosen + step);
    else if (event.key === "Enter") go(list.children[chosen]);
    else return;
    event.preventDefault();
  });
  made.addEventListener("click", (event) => {
    if (event.target === made) made.close();
  });
  list.addEventListener("click", (event) => {
    if (event.target instanceof Element) go(event.target.closest("[role=option]"));
  });
  return made;
}

/** @param {Element | null | undefined} option */
function go(option) {
  if (!(option instanceof HTMLElement) || !option.dataset.url) return;
  dialog?.close();
  window.location.assign(option.dataset.url);
}

/** @param {Item} item @param {number} at */
function asOption(item, at) {
  const option = document.createElement("li");
  option.id = `palette-${at}`;
  option.setAttribute("role", "option");
  option.dataset.url = item.url;
  const about = document.createElement("small");
  about.textContent = item.about;
  option.append(item.label, " ", about);
  return option;
}

/** @param {string} source @param {string} text @returns {Promise<Item[]>} */
async function ask(source, text) {
  const url = new URL(source, window.location.href);
  if (text) url.searchParams.set("q", text);
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    return answer.ok ? (await answer.json()).items : [];
  } catch {
    return [];
  }
}
