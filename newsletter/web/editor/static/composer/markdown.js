// Markdown is written with buttons and keys: marks around what is selected, and before lines.
import { insert } from "../frame/bookmark.js";
import { all } from "./page.js";

/** @typedef {{label: string, sign: string, key?: string, hint?: string, act: (box: HTMLTextAreaElement) => void}} Tool */

const ADDRESS = /^(https?:\/\/|mailto:)\S+$/i;

/** @type {Tool[]} */
const TOOLS = [
  { label: "Bold", sign: "B", key: "b", act: (box) => wrap(box, "**", "bold") },
  { label: "Italic", sign: "I", key: "i", act: (box) => wrap(box, "*", "italic") },
  { label: "Link", sign: "Link", key: "k", act: link, hint: "Write {.untracked} right behind it, and its clicks aren’t counted." },
  { label: "List", sign: "List", act: (box) => startLines(box, "- ") },
  { label: "Quote", sign: "Quote", act: (box) => startLines(box, "> ") },
  { label: "Code", sign: "Code", act: code },
  { label: "Picture", sign: "Picture", act: picture },
];

/** @param {HTMLFormElement} form @param {unknown} first the box that is written in now, if one is */
export function helpWriting(form, first) {
  if (isBox(first)) giveTools(first);
  form.addEventListener("focusin", (event) => {
    if (isBox(event.target)) giveTools(event.target);
  });
  form.addEventListener("keydown", (event) => {
    if (!isBox(event.target) || event.altKey || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
    const tool = TOOLS.find((one) => one.key === event.key.toLowerCase());
    if (!tool) return;
    event.preventDefault();
    event.stopPropagation();
    tool.act(event.target);
  });
  form.addEventListener("paste", (event) => {
    const pasted = event.clipboardData?.getData("text/plain").trim() ?? "";
    if (!isBox(event.target) || !ADDRESS.test(pasted)) return;
    const chosen = selected(event.target);
    if (!chosen.trim() || ADDRESS.test(chosen.trim())) return;
    event.preventDefault();
    event.stopPropagation();
    insert(event.target, `[${chosen}](${pasted})`);
  });
}

/** @param {unknown} target @returns {target is HTMLTextAreaElement} */
export function isBox(target) {
  return target instanceof HTMLTextAreaElement && target.dataset.markdown !== undefined;
}

/** Only what is written in has a bar: 22 entries need no 22 of them.
 * @param {HTMLTextAreaElement} box
 */
function giveTools(box) {
  if (box.previousElementSibling?.getAttribute("role") === "toolbar") return;
  const bar = document.createElement("div");
  bar.className = "markdown-bar";
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", "Formatting");
  bar.append(...TOOLS.map((tool, at) => button(tool, box, at)));
  bar.addEventListener("keydown", (event) => walk(bar, event));
  box.before(bar);
}

/** @param {Tool} tool @param {HTMLTextAreaElement} box @param {number} at */
function button(tool, box, at) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "markdown-tool";
  made.textContent = tool.sign;
  made.setAttribute("aria-label", tool.label);
  const name = tool.key ? `${tool.label} (Ctrl-${tool.key.toUpperCase()})` : tool.label;
  made.title = tool.hint ? `${name}. ${tool.hint}` : name;
  made.tabIndex = at === 0 ? 0 : -1;
  // The text keeps its focus and what is selected in it.
  made.addEventListener("pointerdown", (event) => event.preventDefault());
  made.addEventListener("click", () => tool.act(box));
  return made;
}

/** @param {HTMLElement} bar @param {KeyboardEvent} event */
function walk(bar, event) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const buttons = all(bar, "button");
  const at = buttons.findIndex((one) => one === document.activeElement);
  if (!step || at < 0) return;
  event.preventDefault();
  const next = buttons[(at + step + buttons.length) % buttons.length];
  for (const one of buttons) one.tabIndex = one === next ? 0 : -1;
  next.focus();
}

/** @param {HTMLTextAreaElement} box */
function selected(box) {
  return box.value.slice(box.selectionStart, box.selectionEnd);
}

/** Again, it takes the marks away.
 * @param {HTMLTextAreaElement} box @param {string} mark @param {string} instead
 */
function wrap(box, mark, instead) {
  const { selectionStart: start, selectionEnd: end, value } = box;
  const size = mark.length;
  const chosen = value.slice(start, end);
  const stars = Math.min(run(value, start - 1, -1, mark[0]), run(value, end, 1, mark[0]));
  // Of three stars, two are bold and one is italic.
  if (size === 2 ? stars >= 2 : stars % 2 === 1) {
    box.setSelectionRange(start - size, end + size);
    insert(box, chosen);
    box.setSelectionRange(start - size, end - size);
    return;
  }
  const words = chosen || instead;
  insert(box, `${mark}${words}${mark}`);
  box.setSelectionRange(start + size, start + size + words.length);
}

/** How often a character stands there in a row.
 * @param {string} text @param {number} at @param {number} step @param {string} sign
 */
function run(text, at, step, sign) {
  let count = 0;
  while (text[at + count * step] === sign) count += 1;
  return count;
}

/** @param {HTMLTextAreaElement} box */
function link(box) {
  const { selectionStart: start } = box;
  const chosen = selected(box);
  const isAddress = ADDRESS.test(chosen.trim());
  const words = isAddress ? "words" : chosen || "words";
  const address = isAddress ? chosen.trim() : "https://";
  insert(box, `[${words}](${address})`);
  const from = isAddress || !chosen ? start + 1 : start + words.length + 3;
  box.setSelectionRange(from, from + (isAddress || !chosen ? words.length : address.length));
}

/** Each line that is selected, whole; again, it takes them away.
 * @param {HTMLTextAreaElement} box @param {string} mark
 */
function startLines(box, mark) {
  const from = box.value.lastIndexOf("\n", box.selectionStart - 1) + 1;
  const found = box.value.indexOf("\n", box.selectionEnd);
  box.setSelectionRange(from, found < 0 ? box.value.length : found);
  const lines = selected(box).split("\n");
  const isMarked = lines.every((one) => one.startsWith(mark));
  const text = lines.map((one) => (isMarked ? one.slice(mark.length) : `${mark}${one}`)).join("\n");
  insert(box, text);
  box.setSelectionRange(lines.length > 1 ? from : from + text.length, from + text.length);
}

/** @param {HTMLTextAreaElement} box */
function code(box) {
  if (selected(box).includes("\n")) insert(box, `\`\`\`\n${selected(box)}\n\`\`\``);
  else wrap(box, "`", "code");
}

/** @param {HTMLTextAreaElement} box */
function picture(box) {
  // With a library, a picture is chosen there.
  if (!box.dispatchEvent(new Event("picture", { bubbles: true, cancelable: true }))) return;
  const { selectionStart: start } = box;
  const words = selected(box) || "What it shows";
  insert(box, `![${words}](https://)`);
  box.setSelectionRange(start + words.length + 4, start + words.length + 12);
}
