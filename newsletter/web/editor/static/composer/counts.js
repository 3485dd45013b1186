// Words by entry and of the issue, as they are written.
import { all } from "./page.js";

const WIDE = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]/g;
/** The caption of a picture is read, its address is not. */
const PICTURE = /!\[(?:\\.|[^\]\\])*\]\(\s*\S*?(?:\s+"([^"]*)")?\s*\)/g;
const ADDRESS = /\]\(\s*\S*?(?:\s+"[^"]*")?\s*\)(?:\{\.untracked\})?/g;
const ORDINAL = /^\s*\d+[.)]\s/gm;
const SPOKEN = /[\p{L}\p{N}]/u;

/** Those that are read: no pictures and addresses of links, no marks of lists, quotes and tables.
 * @param {string} markdown
 */
function words(markdown) {
  const text = markdown.replace(PICTURE, " $1 ").replace(ADDRESS, "]").replace(ORDINAL, "");
  const wide = text.match(WIDE)?.length ?? 0;
  return wide + text.replace(WIDE, " ").split(/\s+/).filter((one) => SPOKEN.test(one)).length;
}

/** @param {HTMLElement} panes @param {HTMLFormElement} form */
export function countWords(panes, form) {
  function count() {
    let sum = 0;
    for (const one of form.querySelectorAll("textarea[data-field]")) {
      if (one instanceof HTMLTextAreaElement && !one.closest("[data-kind=entry]")) sum += words(one.value);
    }
    for (const entry of all(form, "[data-kind=entry]")) {
      const texts = [...entry.querySelectorAll("[data-field=title], [data-field=body]")];
      const here = texts.reduce((found, one) => found + (hasValue(one) ? words(one.value) : 0), 0);
      const shown = entry.querySelector(".words");
      if (shown) shown.textContent = here === 1 ? "1 word" : `${here} words`;
      sum += here;
    }
    const whole = document.querySelector("[data-counted]");
    if (whole) whole.textContent = ` · ${sum.toLocaleString("en")} words`;
  }
  form.addEventListener("input", (event) => {
    count();
    if (event.target instanceof HTMLInputElement && event.target.dataset.field === "title") retitle(event.target);
  });
  panes.addEventListener("outlined", count);
  count();
}

/** The row of an entry shows its title as it is typed.
 * @param {HTMLInputElement} field
 */
function retitle(field) {
  const row = field.closest("[data-kind=entry]")?.querySelector(".entry-title");
  if (row) row.textContent = field.value || "New entry";
}

/** @param {Element} one @returns {one is HTMLInputElement | HTMLTextAreaElement} */
function hasValue(one) {
  return one instanceof HTMLInputElement || one instanceof HTMLTextAreaElement;
}
