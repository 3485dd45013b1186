// The page where an issue is written: starts its parts. Everything can be written and saved
// without them, by the form.
import { countWords } from "./counts.js";
import { showFindings } from "./margin.js";
import { makeOutline, number } from "./outline.js";
import { showOnePane } from "./panes.js";
import { addAndRemove } from "./pieces.js";
import { showMail } from "./preview.js";
import { thingsOf } from "./things.js";
import { scrollTogether } from "./together.js";

const panes = document.querySelector("[data-composer]");
const form = document.getElementById("issue-form");
if (panes instanceof HTMLElement && form instanceof HTMLFormElement) start(panes, form);

/** @param {HTMLElement} panes @param {HTMLFormElement} form */
function start(panes, form) {
  const tabs = showOnePane(panes);
  const mail = showMail(panes, form);
  scrollTogether(form, mail.frame, tabs.show);
  const things = thingsOf(form);
  const changed = () => {
    number(form);
    panes.dispatchEvent(new CustomEvent("outlined"));
    mail.refresh();
  };
  makeOutline(panes, form, things, changed);
  addAndRemove(panes, form, things, changed);
  showFindings(panes, form);
  // What helps with Markdown and pictures is fetched when a text is written in or dropped on.
  for (const kind of ["focusin", "dragenter"]) form.addEventListener(kind, (event) => help(event, panes, form), { capture: true });
  countWords(panes, form);
}

/** @type {Promise<unknown> | null} */
let helping = null;

/** @param {Event} event @param {HTMLElement} panes @param {HTMLFormElement} form */
function help(event, panes, form) {
  if (helping || !(event.target instanceof HTMLTextAreaElement)) return;
  const box = event.target;
  helping = Promise.all([import("./markdown.js"), import("./pictures.js")]).then(([markdown, pictures]) => {
    markdown.helpWriting(form, box);
    pictures.takePictures(panes, form);
  });
}
