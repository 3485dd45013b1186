// The page where an issue is written: starts its parts, and by them the script that saves (a second
// tag for it would start it twice). Everything can be written and saved
// without them, by the form.
import { namesOnTheWay } from "../keeping/kept.js";
import { countWords } from "./counts.js";
import { offerKeys } from "./keys.js";
import { makeOutline } from "./outline.js";
import { the } from "./page.js";
import { showOnePane } from "./panes.js";

const panes = document.querySelector("[data-composer]");
const form = document.getElementById("issue-form");
if (panes instanceof HTMLElement && form instanceof HTMLFormElement) start(panes, form);

/** @param {HTMLElement} panes @param {HTMLFormElement} form */
function start(panes, form) {
  const beside = the(panes, ".beside", HTMLElement);
  let refresh = () => {};
  let isBegun = false;
  /** On a phone the mail is fetched when its tab is pressed. */
  async function begin() {
    if (isBegun || beside.offsetParent === null) return;
    isBegun = true;
    const [preview, together] = await Promise.all([import("./preview.js"), import("./together.js")]);
    const mail = preview.showMail(panes, form);
    together.scrollTogether(form, mail.frame, tabs.show);
    refresh = mail.refresh;
  }
  const tabs = showOnePane(panes, begin);
  makeOutline(panes, form, () => {
    panes.dispatchEvent(new CustomEvent("outlined"));
    refresh();
  });
  begin();
  import("./margin.js").then((margin) => margin.showFindings(panes, form));
  // What helps with Markdown and pictures is fetched when a text is written in or something is dragged here.
  form.addEventListener("focusin", (event) => { if (event.target instanceof HTMLTextAreaElement) help(event.target, panes, form); }, { capture: true });
  document.addEventListener("dragenter", (event) => help(event.target, panes, form), { capture: true });
  const left = namesOnTheWay(Number(form.dataset.editor), Number(form.dataset.id));
  if (left.all().length) import("./pictures.js").then((pictures) => pictures.tellLeft(panes, left));
  countWords(panes, form);
  offerKeys(panes);
}

/** @type {Promise<unknown> | null} */
let helping = null;

/** @param {EventTarget | null} here @param {HTMLElement} panes @param {HTMLFormElement} form */
function help(here, panes, form) {
  helping ??= Promise.all([import("./markdown.js"), import("./pictures.js")]).then(([markdown, pictures]) => {
    markdown.helpWriting(form, here);
    pictures.takePictures(panes, form);
  });
}
