// Rich text, from a word processor, a mail or a page, is pasted as Markdown. The server converts it.
import { tell } from "./problem.js";

const RICH =
  "a[href], li, h1, h2, h3, h4, h5, h6, b, strong, i, em, blockquote, img, pre, table, [style*=font-weight]";

export function pasteRichText() {
  document.addEventListener("paste", (event) => {
    const box = event.target instanceof Element && event.target.closest("textarea[data-markdown]");
    const data = event.clipboardData;
    if (!(box instanceof HTMLTextAreaElement) || !data || data.types.includes("vscode-editor-data")) return;
    const html = data.getData("text/html");
    const plain = data.getData("text/plain");
    if (!html || isMarkdown(plain) || !isRich(html)) return;
    event.preventDefault();
    asMarkdown(box, html).then((text) => insert(box, text || plain), () => {
      insert(box, plain);
      tell(box, "Only the plain text was pasted: its formatting could not be read. Paste it in parts to keep it.");
    });
  });
}

/** @param {string} text */
function isMarkdown(text) {
  return /\]\([^()\s]+\)|^#{1,6} /m.test(text);
}

/** @param {string} html */
function isRich(html) {
  return new DOMParser().parseFromString(html, "text/html").querySelector(RICH) !== null;
}

/** @param {HTMLTextAreaElement} box @param {string} html */
async function asMarkdown(box, html) {
  const token = box.form ? new FormData(box.form).get("csrf_token")?.toString() : "";
  const body = new URLSearchParams({ html, csrf_token: token ?? "" });
  const answer = await fetch(box.dataset.markdown ?? "", { method: "POST", body });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.text();
}

/** @param {HTMLTextAreaElement} box @param {string} text */
function insert(box, text) {
  box.focus();
  // Unlike setRangeText it can be undone.
  if (document.execCommand("insertText", false, text)) return;
  box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
}
