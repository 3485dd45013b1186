// The form of an issue: keys, and the place to come back to.
import { comeBack, rememberPlace, unfold } from "./place.js";

const form = document.getElementById("issue-form");
if (form instanceof HTMLFormElement) {
  rememberOnSubmit(form);
  saveByKey(form);
  unfoldByLink();
  comeBack(form);
  // After a button has added or moved something, the page shows that.
  if (window.location.hash) unfold(window.location.hash.slice(1));
  const focused = form.querySelector("[autofocus]");
  if (focused) unfold(focused.id);
}

/** @param {HTMLFormElement} form */
function rememberOnSubmit(form) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button instanceof HTMLButtonElement && button.value !== "preview") rememberPlace(form);
  });
}

/** Ctrl+S or ⌘S saves. @param {HTMLFormElement} form */
function saveByKey(form) {
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    /** @type {HTMLButtonElement | null} */
    const button = form.querySelector(".save-bar button[value=save]");
    form.requestSubmit(button);
  });
}

/** A link to a field in a folded entry unfolds it; so does a field that is wrong. */
function unfoldByLink() {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("a[href^='#']");
    if (!(link instanceof HTMLAnchorElement)) return;
    event.preventDefault();
    unfold(link.hash.slice(1));
  });
}
