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

/** A notice in the corner. `act` is offered as a button; the notice goes when it was pressed.
 * @param {string} words @param {{ label: string, act: () => void } | null} [offer] @param {number} [lastsMs]
 */
export function notice(words, offer = null, lastsMs = 12_000) {
  const close = make("button", { type: "button", class: "quiet small", "aria-label": "Close" }, "✕");
  const toast = make("div", { class: "toast", role: "status" }, make("span", {}, words));
  if (offer) {
    const button = make("button", { type: "button", class: "secondary small" }, offer.label);
    button.addEventListener("click", () => {
      toast.remove();
      offer.act();
    });
    toast.append(button);
  }
  toast.append(close);
  close.addEventListener("click", () => toast.remove());
  toasts().append(toast);
  if (lastsMs) window.setTimeout(() => toast.remove(), lastsMs);
  return toast;
}

function toasts() {
  return document.querySelector(".toasts") ?? document.body.appendChild(make("div", { class: "toasts" }));
}
