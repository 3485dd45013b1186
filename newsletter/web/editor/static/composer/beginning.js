// Beside a pasted text: what it becomes.
import { the, tokenOf } from "./page.js";

const LONG = 300_000;

const reading = document.querySelector("[data-reading]");
const box = document.querySelector("textarea[name=digest]");
if (reading instanceof HTMLElement && box instanceof HTMLTextAreaElement && box.form) {
  const form = box.form;
  const shown = the(reading, "[data-read]", HTMLElement);
  let timer = 0;
  let last = 0;

  async function read() {
    const asked = ++last;
    const text = box instanceof HTMLTextAreaElement ? box.value : "";
    shown.hidden = !text.trim();
    if (shown.hidden) return;
    const body = new URLSearchParams({ digest: text, csrf_token: tokenOf(form) });
    const answer = await fetch(reading instanceof HTMLElement ? reading.dataset.reading ?? "" : "", { method: "POST", body }).catch(() => null);
    if (answer?.ok && !answer.redirected && asked === last) shown.innerHTML = await answer.text();
  }
  box.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(read, box.value.length > LONG ? 1500 : 250);
  });
  if (box.value) read();
}
