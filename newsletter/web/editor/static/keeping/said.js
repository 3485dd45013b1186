// What the page says about saving: one line for how it is, and notices for what happened.
import { make } from "./page.js";

/** @param {HTMLFormElement} form */
export function statusLine(form) {
  const found = document.querySelector("[data-keeping-status]") ?? form.querySelector(".unsaved");
  const line = found instanceof HTMLElement ? found : form.appendChild(make("p", { role: "status" }));
  return {
    /** @param {string} words @param {"good" | "busy" | "bad"} state */
    say(words, state) {
      if (line.textContent !== words) line.textContent = words;
      line.dataset.state = state;
    },
  };
}

const LASTS_MS = 10_000;

/** A notice in the corner. `act` is offered as a button, and by Ctrl-Z outside of a text; the notice goes
 * when it was pressed. It stays while the pointer or the focus is in it, and for good with `lastsMs` 0.
 * @param {string} words @param {{ label: string, act: () => void } | null} [offer] @param {number} [lastsMs]
 */
export function notice(words, offer = null, lastsMs = LASTS_MS) {
  const close = make("button", { type: "button", class: "quiet small", "aria-label": "Close" }, "✕");
  const toast = make("div", { class: "toast" }, make("span", {}, words));
  if (offer) {
    const button = make("button", { type: "button", class: "secondary small", "data-offer": "" }, offer.label);
    button.addEventListener("click", () => {
      toast.remove();
      offer.act();
    });
    toast.append(button);
  }
  toast.append(close);
  close.addEventListener("click", () => toast.remove());
  toasts.append(toast);
  if (lastsMs) goesAfter(toast, lastsMs);
  return toast;
}

/** @param {HTMLElement} toast @param {number} lastsMs */
function goesAfter(toast, lastsMs) {
  let timer = 0;
  const stay = () => window.clearTimeout(timer);
  const count = () => {
    stay();
    if (!toast.matches(":hover, :focus-within")) timer = window.setTimeout(() => toast.remove(), lastsMs);
  };
  for (const kind of ["pointerenter", "focusin"]) toast.addEventListener(kind, stay);
  // The focus has left when the next task begins.
  for (const kind of ["pointerleave", "focusout"]) toast.addEventListener(kind, () => window.setTimeout(count));
  count();
}

/** What is put into it later is read out: it is there from the start. */
const toasts = document.body.appendChild(make("div", { class: "toasts", role: "status" }));

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key.toLowerCase() !== "z") return;
  const isInText = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
  const offer = toasts.querySelector(".toast:last-child [data-offer]");
  if (isInText || !(offer instanceof HTMLElement)) return;
  event.preventDefault();
  offer.click();
});
