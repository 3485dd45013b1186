// On a narrow screen one pane is shown at a time: the text or the mail.
import { the } from "./page.js";

/** @param {HTMLElement} panes @param {() => void} shown */
export function showOnePane(panes, shown) {
  const tabs = the(panes, "[data-pane-tabs]", HTMLElement);
  /** @param {string} pane */
  function show(pane) {
    panes.dataset.shown = pane;
    for (const tab of tabs.querySelectorAll("button")) tab.setAttribute("aria-pressed", String(tab.value === pane));
    shown();
  }
  tabs.hidden = false;
  tabs.addEventListener("click", (event) => {
    if (event.target instanceof HTMLButtonElement) show(event.target.value);
  });
  panes.dataset.shown = "writing";
  return { show };
}
