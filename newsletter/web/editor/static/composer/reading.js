// The page of an issue that can't be written any more: two tabs on a phone, and the text of this person
// that came too late to be saved, which is kept in this browser.
import { keptTexts } from "../keeping/kept.js";
import { make } from "../keeping/page.js";
import { the } from "./page.js";
import { showOnePane } from "./panes.js";

const panes = document.querySelector("[data-composer]");
if (panes instanceof HTMLElement && panes.querySelector(".beside")) showOnePane(panes, () => {});
const place = document.querySelector("[data-left-behind]");
if (place instanceof HTMLElement) showLeftBehind(place);

/** @param {HTMLElement} place */
function showLeftBehind(place) {
  const kept = keptTexts(Number(place.dataset.editor), Number(place.dataset.issue));
  const forget = the(place, "[data-forget]", HTMLButtonElement);
  for (const texts of kept.all().values()) {
    for (const { text } of Object.values(texts)) {
      if (text) forget.before(make("pre", { class: "left-behind", dir: "auto", tabindex: "0" }, text));
    }
  }
  place.hidden = place.querySelector("pre") === null;
  forget.addEventListener("click", () => {
    for (const thing of kept.all().keys()) kept.put(thing, {});
    place.remove();
  });
}
