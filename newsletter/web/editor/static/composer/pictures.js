// A picture that is pasted or dropped into a text goes to the library, and its Markdown into the text.
import { tell } from "../frame/problem.js";
import { insert, isBox } from "./markdown.js";
import { announce, tokenOf } from "./page.js";

/** @param {HTMLElement} panes @param {HTMLFormElement} form */
export function takePictures(panes, form) {
  const address = panes.dataset.pictures;
  if (!address) return;

  /** @param {HTMLTextAreaElement} box @param {File} file */
  async function send(box, file) {
    const waiting = `![Adding ${file.name.replace(/[[\]]/g, "") || "picture"} …]()`;
    insert(box, waiting);
    const body = new FormData();
    body.append("file", file, file.name || "picture.png");
    body.append("csrf_token", tokenOf(form));
    const answer = await fetch(address ?? "", { method: "POST", headers: { Accept: "application/json" }, body }).catch(() => null);
    const said = answer && !answer.redirected ? await answer.json().catch(() => ({})) : {};
    const isAdded = Boolean(answer?.ok && said.markdown);
    replace(box, waiting, isAdded ? said.markdown : "");
    announce(isAdded ? "Picture added. Say in its brackets what it shows." : "");
    if (!isAdded) tell(box, `${said.message ?? "The picture could not be added."} ${said.advice ?? "Try again."}`);
  }
  /** @param {ClipboardEvent | DragEvent} event @param {DataTransfer | null} data */
  function take(event, data) {
    const files = [...(data?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (!isBox(event.target) || files.length === 0) return;
    // A word processor brings a picture of its text along: the text is what is meant.
    if (data?.getData("text/plain")) return;
    event.preventDefault();
    event.stopPropagation();
    for (const file of files) send(event.target, file);
  }
  form.addEventListener("paste", (event) => take(event, event.clipboardData));
  form.addEventListener("drop", (event) => take(event, event.dataTransfer));
  form.addEventListener("dragover", (event) => {
    if (isBox(event.target) && event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  form.addEventListener("picture", (event) => {
    if (!isBox(event.target)) return;
    const box = event.target;
    const chooser = document.createElement("input");
    chooser.type = "file";
    chooser.accept = "image/*";
    chooser.addEventListener("change", () => { if (chooser.files?.[0]) send(box, chooser.files[0]); });
    chooser.click();
    event.preventDefault();
  });
}

/** Where it is by now: one may have typed on.
 * @param {HTMLTextAreaElement} box @param {string} waiting @param {string} text
 */
function replace(box, waiting, text) {
  const at = box.value.indexOf(waiting);
  if (at < 0) return;
  box.setRangeText(text, at, at + waiting.length, "preserve");
  box.dispatchEvent(new Event("input", { bubbles: true }));
}
