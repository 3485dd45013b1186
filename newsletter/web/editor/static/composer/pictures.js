// Pictures that are pasted, dropped or chosen go to the library, one after the other, and their Markdown
// into the text. Until a picture is there, the text has nothing of it that could be saved.
import { bookmark } from "../frame/bookmark.js";
import { note, tell } from "../frame/problem.js";
import { namesOnTheWay } from "../keeping/kept.js";
import { make } from "../keeping/page.js";
import { notice } from "../keeping/said.js";
import { isBox } from "./markdown.js";
import { announce, tokenOf } from "./page.js";

/** `isLost` where nothing answered: the network is gone, or the page is being left.
 * @typedef {{ markdown?: string, message?: string, advice?: string, isLost?: boolean }} Said */

/** @param {HTMLElement} panes @param {HTMLFormElement} form */
export function takePictures(panes, form) {
  const address = panes.dataset.pictures;
  if (!address) return;
  const remembered = namesOnTheWay(Number(form.dataset.editor), Number(form.dataset.id));
  /** @type {File[]} */
  const onTheWay = [];

  /** @param {HTMLTextAreaElement} box @param {File[]} files */
  async function add(box, files) {
    const place = bookmark(box);
    const waiting = note(box, "");
    onTheWay.push(...files);
    const problems = [];
    /** @type {File[]} */
    const lost = [];
    for (const [at, file] of files.entries()) {
      remembered.put(onTheWay.map(nameOf));
      waiting.textContent = files.length > 1 ? `Adding ${nameOf(file)}, ${at + 1} of ${files.length}…` : `Adding ${nameOf(file)}…`;
      const said = await send(file);
      if (said.markdown) place.put(betweenBlankLines(place.before(), said.markdown, place.after()));
      else problems.push(`${nameOf(file)}: ${said.message ?? "The picture could not be added."} ${said.advice ?? "Try again."}`);
      if (said.isLost) lost.push(file);
      else forget([file]);
    }
    waiting.remove();
    place.remove();
    announce(told(files.length - problems.length));
    if (problems.length) tell(box, problems.join(" "));
    if (lost.length) box.addEventListener("input", () => forget(lost), { once: true });
    if (!box.isConnected) notice("The text that pictures were added to is gone from this page. They are in the library.");
  }
  /** @param {File[]} files */
  function forget(files) {
    for (const file of files) onTheWay.splice(onTheWay.indexOf(file), 1);
    remembered.put(onTheWay.map(nameOf));
  }
  /** @param {File} file @returns {Promise<Said>} */
  async function send(file) {
    const body = new FormData();
    body.append("file", file, file.name || "picture.png");
    body.append("csrf_token", tokenOf(form));
    const answer = await fetch(address ?? "", { method: "POST", headers: { Accept: "application/json" }, body }).catch(() => null);
    if (!answer) return { isLost: true };
    const said = !answer.redirected ? await answer.json().catch(() => ({})) : {};
    return answer.ok ? said : { message: said.message, advice: said.advice };
  }

  form.addEventListener("paste", (event) => {
    const files = picturesIn(event.clipboardData);
    if (!isBox(event.target) || files.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    add(event.target, files);
  });
  form.addEventListener("drop", (event) => {
    const files = picturesIn(event.dataTransfer);
    const box = textAt(event.target);
    if (!box || files.length === 0) return;
    event.preventDefault();
    unfold(box);
    putCaret(box, event);
    add(box, files);
  });
  form.addEventListener("dragover", (event) => {
    if (textAt(event.target) && hasFiles(event)) event.preventDefault();
  });
  // A file that misses the texts would be opened in place of the page.
  for (const kind of /** @type {const} */ (["dragover", "drop"])) {
    window.addEventListener(kind, (event) => {
      if (event.defaultPrevented || !event.dataTransfer || !hasFiles(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "none";
    });
  }
  form.addEventListener("picture", (event) => {
    if (!isBox(event.target)) return;
    const box = event.target;
    const chooser = make("input", { type: "file", accept: "image/*", multiple: "" });
    chooser.addEventListener("change", () => { if (chooser.files?.length) add(box, [...chooser.files]); });
    chooser.click();
    event.preventDefault();
  });
}

/** Says which pictures had not come in when the page was left.
 * @param {HTMLElement} panes @param {{ all: () => string[], put: (names: string[]) => void }} remembered
 */
export function tellLeft(panes, remembered) {
  const names = remembered.all();
  const was = names.length > 1 ? "were still on their way when this page was left, and are" : "was still on its way when this page was left, and is";
  const library = { label: "Open the library", act: () => window.location.assign(panes.dataset.pictures ?? "") };
  notice(`${new Intl.ListFormat("en").format(names)} ${was} not in the text. Look in the library, or add what is missing again.`, library, 0);
  remembered.put([]);
}

/** As a paragraph of its own; in a row of a table, as it is.
 * @param {string} before @param {string} markdown @param {string} after
 */
function betweenBlankLines(before, markdown, after) {
  if (/(^|\n)[ \t]*\|[^\n]*$/.test(before)) return markdown;
  const lead = before.trim() ? "\n\n".slice(/\n{0,2}$/.exec(before)?.[0].length) : "";
  const tail = after.trim() ? "\n\n".slice(/^\n{0,2}/.exec(after)?.[0].length) : "";
  return `${lead}${markdown}${tail}`;
}

/** @param {number} added */
function told(added) {
  if (added > 1) return `${added} pictures added. Say in their brackets what they show.`;
  return added ? "Picture added. Say in its brackets what it shows." : "";
}

/** @param {File} file */
function nameOf(file) {
  return file.name || "a picture";
}

/** A word processor brings a picture of its text along: the text is what is meant.
 * @param {DataTransfer | null} data
 */
function picturesIn(data) {
  return data?.getData("text/plain") ? [] : [...(data?.files ?? [])].filter((file) => file.type.startsWith("image/"));
}

/** @param {DragEvent} event */
function hasFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** The text that something is dropped on; of an entry as a whole, its own.
 * @param {EventTarget | null} target
 */
function textAt(target) {
  if (isBox(target)) return target;
  const entry = target instanceof Element ? target.closest("[data-kind=entry]") : null;
  const box = entry?.querySelector("[data-field=body]");
  return isBox(box) ? box : null;
}

/** @param {HTMLTextAreaElement} box */
function unfold(box) {
  const entry = box.closest("details");
  if (entry) entry.open = true;
  box.focus({ preventScroll: true });
}

/** Between the words that it was dropped on, at the end of a text that was not pointed at.
 * @param {HTMLTextAreaElement} box @param {DragEvent} event
 */
function putCaret(box, event) {
  const pointed = event.target === box ? document.caretPositionFromPoint?.(event.clientX, event.clientY) : null;
  const at = pointed?.offsetNode === box ? pointed.offset : event.target === box ? box.selectionEnd : box.value.length;
  box.setSelectionRange(at, at);
}
