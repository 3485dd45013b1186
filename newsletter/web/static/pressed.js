// Pages that follow something load themselves again when it changes. Not while someone presses a button, a
// link or a key, or waits for what a press leads to: the new page would come instead of that.

const CLICK_FOLLOWS_MS = 400;
const LONGEST_WAIT_MS = 30_000;

let isHeld = false;
let isLeaving = false;
let isReloading = false;
let released = 0;

function press() {
  window.clearTimeout(released);
  isHeld = true;
  if (!isReloading) return;
  window.stop();
  isReloading = isLeaving = false;
}

/** The click of a finger comes a little after it was lifted. */
function release() {
  released = window.setTimeout(() => { isHeld = false; }, CLICK_FOLLOWS_MS);
}

for (const begin of ["pointerdown", "keydown"]) window.addEventListener(begin, press, true);
for (const end of ["pointerup", "pointercancel", "keyup", "blur"]) window.addEventListener(end, release);

// A download says so too, and stays on the page.
window.addEventListener("beforeunload", () => {
  isLeaving = true;
  window.setTimeout(() => { isLeaving = false; }, LONGEST_WAIT_MS);
});
window.addEventListener("pageshow", () => { isLeaving = false; });

document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { detail, target } = /** @type {CustomEvent} */ (event);
  if (!(target instanceof Element) || !target.getAttribute("hx-trigger")?.startsWith("every")) return;
  if (isHeld || isLeaving) event.preventDefault();
  else isReloading = detail.xhr.getResponseHeader("HX-Refresh") !== null;
});
