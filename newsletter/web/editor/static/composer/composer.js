// The page where an issue is written: starts its parts. Everything can be written and saved
// without them, by the form.
import { countWords } from "./counts.js";
import { showFindings } from "./margin.js";
import { makeOutline, number } from "./outline.js";
import { addAndRemove } from "./pieces.js";
import { showMail } from "./preview.js";
import { takePictures } from "./pictures.js";
import { showOnePane } from "./panes.js";
import { thingsOf } from "./things.js";
import { scrollTogether } from "./together.js";
import { helpWriting } from "./markdown.js";

const panes = document.querySelector("[data-composer]");
const form = document.getElementById("issue-form");
if (panes instanceof HTMLElement && form instanceof HTMLFormElement) {
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
  countWords(panes, form);
  showFindings(panes, form);
  helpWriting(form);
  takePictures(panes, form);
}
