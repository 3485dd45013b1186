// The server makes Markdown of rich text. One may type on until it comes, and it comes where it was pasted.
import { bookmark, insert } from "./bookmark.js";
import { note, tell } from "./problem.js";

const SLOW_MS = 400;

/** @param {HTMLTextAreaElement} box @param {string} html @param {string} plain */
export async function paste(box, html, plain) {
  if (box.selectionStart < box.selectionEnd) insert(box, "");
  const place = bookmark(box);
  const waiting = note(box, "");
  const timer = window.setTimeout(() => { waiting.textContent = "Pasting…"; }, SLOW_MS);
  const text = await asMarkdown(box, html).catch(() => null);
  window.clearTimeout(timer);
  waiting.remove();
  place.put(text || plain);
  place.remove();
  if (text === null) tell(box, "Only the plain text was pasted: its formatting could not be read. Paste it in parts to keep it.");
}

/** @param {HTMLTextAreaElement} box @param {string} html */
async function asMarkdown(box, html) {
  const token = box.form ? new FormData(box.form).get("csrf_token")?.toString() : "";
  const body = new URLSearchParams({ html, csrf_token: token ?? "" });
  const answer = await fetch(box.dataset.markdown ?? "", { method: "POST", body });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.text();
}
