// The mail beside its text: asked for again as it changes, and put into the frame in place.
import { the, tokenOf } from "./page.js";

const VIEW = "view of the email";

/** @typedef {{subject: string, html: string, text: string, bytes: number, problem?: string}} Copy */

/** @param {HTMLElement} panes @param {HTMLFormElement} form */
export function showMail(panes, form) {
  const beside = the(panes, ".beside", HTMLElement);
  const frame = the(beside, "[data-mail]", HTMLIFrameElement);
  const text = the(beside, "[data-mail-text]", HTMLElement);
  const pictures = the(beside, "[data-pictures]", HTMLButtonElement);
  const views = the(beside, "[data-views]", HTMLElement);
  let view = "phone";
  let isAsking = false;
  let isStale = false;
  let timer = 0;

  const query = () => `view=${view}${pictures.getAttribute("aria-pressed") === "true" ? "&pictures=on" : ""}`;
  const address = () => `${frame.dataset.composed}?${query()}`;

  /** One request at a time: what was typed meanwhile goes into the next. */
  async function refresh() {
    if (isAsking) { isStale = true; return; }
    isAsking = true;
    isStale = false;
    try {
      const answer = await fetch(address(), {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": tokenOf(form) },
        body: JSON.stringify(typed(form)),
      });
      if (answer.ok && !answer.redirected) put(await answer.json());
    } catch {
      // Offline: the mail stays as it was; the saving script says so.
    } finally {
      isAsking = false;
      if (isStale) refresh();
    }
  }
  /** @param {Copy} copy */
  function put(copy) {
    const problem = the(beside, "[data-problem]", HTMLElement);
    problem.hidden = !copy.problem;
    problem.textContent = copy.problem ?? "";
    if (copy.problem) return;
    the(beside, "[data-subject]", HTMLElement).textContent = copy.subject;
    weigh(beside, copy.bytes);
    frame.hidden = view === "text";
    text.hidden = view !== "text";
    if (view === "text") text.textContent = copy.text;
    else replace(frame, copy.html);
    beside.dispatchEvent(new CustomEvent("composed", { bubbles: true }));
  }
  /** @param {string} chosen */
  function choose(chosen) {
    view = chosen;
    window.localStorage.setItem(VIEW, chosen);
    for (const one of views.querySelectorAll("button")) one.setAttribute("aria-pressed", String(one.value === chosen));
    beside.dataset.view = chosen;
    refresh();
  }

  // At once: what is typed while one is asked for is in the next. A task of its own, because one
  // press may change several fields.
  form.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(refresh);
  });
  views.hidden = pictures.hidden = false;
  views.addEventListener("click", (event) => {
    if (event.target instanceof HTMLButtonElement) choose(event.target.value);
  });
  pictures.addEventListener("click", () => {
    const isOn = pictures.getAttribute("aria-pressed") !== "true";
    pictures.setAttribute("aria-pressed", String(isOn));
    // A frame loads what its first address said it may.
    frame.addEventListener("load", refresh, { once: true });
    frame.src = address();
  });
  const known = [...views.querySelectorAll("button")].map((one) => one.value);
  const wanted = window.localStorage.getItem(VIEW) ?? "";
  choose(known.includes(wanted) ? wanted : "phone");
  return { frame, refresh };
}

/** What differs from the page as it was loaded, by the names of the form.
 * @param {HTMLFormElement} form
 */
function typed(form) {
  /** @type {Record<string, string>} */
  const fields = {};
  for (const one of form.querySelectorAll("[data-field]")) {
    if (one instanceof HTMLSelectElement) fields[one.name] = one.value;
    else if ((one instanceof HTMLInputElement || one instanceof HTMLTextAreaElement) && one.value !== one.defaultValue) {
      fields[one.name] = one.value;
    }
  }
  return fields;
}

/** In place, so that it stays where it is scrolled to. Nothing in the frame can run.
 * @param {HTMLIFrameElement} frame @param {string} html
 */
function replace(frame, html) {
  const page = frame.contentDocument;
  // Until its own page is there, the frame holds an empty one under the rules of this page.
  if (!page || page.URL === "about:blank" || page.readyState === "loading") {
    frame.addEventListener("load", () => replace(frame, html), { once: true });
    return;
  }
  page.documentElement.innerHTML = html;
}

/** @param {HTMLElement} beside @param {number} bytes */
function weigh(beside, bytes) {
  const meter = the(beside, "[data-weight]", HTMLMeterElement);
  meter.value = bytes;
  meter.hidden = false;
  the(beside, "[data-weight-words]", HTMLElement).textContent = `${Math.round(bytes / 1000)} of 90 kB`;
}
