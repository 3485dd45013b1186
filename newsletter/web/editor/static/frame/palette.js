// The command palette: type, choose with the arrows, go. Pages and actions are matched here, issues and
// subscribers by the server. A combobox with a listbox, as ARIA has it.
import { rank } from "./fuzzy.js";

/** @typedef {{label: string, about: string, url: string}} Item */

const MOST_SHOWN = 12;
const WAIT_MS = 120;

const FIELDS = `<input type="text" role="combobox" aria-label="Page, issue, subscriber or action"
    placeholder="Page, issue, subscriber or action" aria-expanded="true" aria-controls="palette-list"
    aria-autocomplete="list" autocomplete="off" spellcheck="false" maxlength="200">
  <ul id="palette-list" role="listbox" aria-label="Found"></ul>
  <p class="meta" role="status"></p>`;

/** @type {Palette | null} */
let palette = null;

/** @param {string} source where the places are to be had, and what is found for `q` */
export function openPalette(source) {
  palette ??= new Palette(source);
  palette.open();
}

class Palette {
  /** @type {Item[]} */ places = [];
  /** @type {Item[]} */ found = [];
  chosen = 0;
  waiting = 0;

  /** @param {string} source */
  constructor(source) {
    this.source = source;
    this.dialog = makeDialog();
    this.input = /** @type {HTMLInputElement} */ (this.dialog.querySelector("input"));
    this.list = /** @type {HTMLUListElement} */ (this.dialog.querySelector("ul"));
    this.status = /** @type {HTMLParagraphElement} */ (this.dialog.querySelector("p"));
    this.listen();
    this.learnPlaces();
  }

  open() {
    if (!this.dialog.open) this.dialog.showModal();
    this.input.select();
  }

  listen() {
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    this.list.addEventListener("click", (event) => {
      if (event.target instanceof Element) this.go(event.target.closest("[role=option]"));
    });
  }

  async learnPlaces() {
    this.places = await ask(this.source, "");
    this.show();
  }

  typed() {
    this.found = [];
    this.show();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.look(), WAIT_MS);
  }

  async look() {
    const asked = this.input.value.trim();
    const answer = asked.length > 1 || /\d/.test(asked) ? await ask(this.source, asked) : [];
    if (asked !== this.input.value.trim()) return;
    this.found = answer;
    this.show();
  }

  show() {
    const items = [...rank(this.places, this.input.value), ...this.found].slice(0, MOST_SHOWN);
    this.list.replaceChildren(...items.map(asOption));
    this.status.textContent = items.length ? "" : "Nothing found. An address is found only as a whole.";
    this.choose(0);
  }

  /** @param {number} at */
  choose(at) {
    const options = [...this.list.children];
    this.chosen = options.length ? (at + options.length) % options.length : 0;
    options.forEach((one, n) => one.setAttribute("aria-selected", String(n === this.chosen)));
    this.input.setAttribute("aria-activedescendant", options[this.chosen]?.id ?? "");
    options[this.chosen]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.choose(this.chosen + step);
    else if (event.key === "Enter") this.go(this.list.children[this.chosen]);
    else return;
    event.preventDefault();
  }

  /** @param {Element | null | undefined} option */
  go(option) {
    if (!(option instanceof HTMLElement) || !option.dataset.url) return;
    this.dialog.close();
    window.location.assign(option.dataset.url);
  }
}

/** @returns {HTMLDialogElement} */
function makeDialog() {
  const made = document.createElement("dialog");
  made.className = "palette";
  made.setAttribute("aria-label", "Find or do");
  made.innerHTML = FIELDS;
  document.body.append(made);
  return made;
}

/** @param {Item} item @param {number} at */
function asOption(item, at) {
  const option = document.createElement("li");
  option.id = `palette-${at}`;
  option.setAttribute("role", "option");
  option.dataset.url = item.url;
  const about = document.createElement("small");
  about.dir = "auto";
  about.textContent = item.about;
  const label = document.createElement("bdi");
  label.textContent = item.label;
  option.append(label, " ", about);
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
