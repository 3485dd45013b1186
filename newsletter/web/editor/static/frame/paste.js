// Rich text, from a word processor, a mail or a page, is pasted as Markdown.

const RICH =
  "a[href], li, h1, h2, h3, h4, h5, h6, b, strong, i, em, blockquote, img, pre, table, [style*=font-weight]";

export function pasteRichText() {
  const convert = () => import("./rich_text.js");
  // Fetched when a text is written in, so that it is there when something is pasted.
  document.addEventListener("focusin", (event) => { if (textAt(event.target)) convert(); });
  document.addEventListener("paste", (event) => {
    const box = textAt(event.target);
    const data = event.clipboardData;
    if (!box || !data || data.types.includes("vscode-editor-data")) return;
    const html = data.getData("text/html");
    const plain = data.getData("text/plain");
    if (!html || isMarkdown(plain) || !isRich(html)) return;
    event.preventDefault();
    convert().then((text) => text.paste(box, html, plain));
  });
}

/** @param {EventTarget | null} target */
function textAt(target) {
  return target instanceof HTMLTextAreaElement && target.dataset.markdown !== undefined ? target : null;
}

/** @param {string} text */
function isMarkdown(text) {
  return /\]\([^()\s]+\)|^#{1,6} /m.test(text);
}

/** @param {string} html */
function isRich(html) {
  return new DOMParser().parseFromString(html, "text/html").querySelector(RICH) !== null;
}
