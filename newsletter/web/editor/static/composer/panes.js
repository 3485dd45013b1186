// On a narrow screen one pane is shown at a time: the text or the mail.
import { the } from "./page.js";

/** @param {HTMLElement} panes @param {() => void} shown */
export function showOnePane(panes, shown) {
  const tabs = the(panes, "[data-pane-tabs]", HTMLElement);
  /** Where each pane was scrolled to. @type {Record<string, number>} */
  const places = {};
  /** @param {string} pane */
  function show(pane) {
    const from = panes.dataset.shown ?? "";
    if (from === pane) return;
    places[from] = window.scrollY;
    panes.dataset.shown = pane;
    for (const tab of tabs.querySelectorAll("button")) tab.setAttribute("aria-pressed", String(tab.value === pane));
    shown();
    if (tabs.offsetParent === null) return;
    // The text is where it was left; the mail begins below the tabs.
    const top = panes.getBoundingClientRect().top + window.scrollY - tabs.getBoundingClientRect().height;
    window.scrollTo({ top: places[pane] ?? Math.min(window.scrollY, top), behavior: "instant" });
  }
  tabs.hidden = false;
  tabs.addEventListener("click", (event) => {
    if (event.target instanceof HTMLButtonElement) show(event.target.value);
  });
  panes.dataset.shown = "writing";
  return { show };
}
