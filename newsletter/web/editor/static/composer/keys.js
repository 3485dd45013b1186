// The list of keys, by its button or by ? outside of a text.
import { the } from "./page.js";

/** @param {HTMLElement} panes */
export function offerKeys(panes) {
  const list = the(panes, "[data-keys]", HTMLDialogElement);
  const offer = the(document, "[data-keys-offer]", HTMLElement);
  offer.hidden = false;
  offer.querySelector("button")?.addEventListener("click", () => list.showModal());
  document.addEventListener("keydown", (event) => {
    const isInText = event.target instanceof Element && event.target.closest("input, textarea, select, dialog");
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey || isInText) return;
    event.preventDefault();
    list.showModal();
  });
}
