// What the checks find, at the thing that it is about. Alike findings of one thing are one line.
import { all, the } from "./page.js";

/** @typedef {{severity: string, check: string, field: string, label: string, message: string, advice: string}} Finding */

/** As the page of the checks has them.
 * @param {ParentNode} list @returns {Finding[]}
 */
function findingsIn(list) {
  return all(list, "[data-about]").map((one) => ({
    severity: one.dataset.severity ?? "",
    check: one.dataset.check ?? "",
    field: one.dataset.about ?? "",
    label: one.querySelector("strong")?.textContent ?? "",
    message: one.querySelector(".says")?.textContent ?? "",
    advice: one.querySelector(".do")?.textContent ?? "",
  }));
}

const PAUSE_MS = 700;

/** @param {HTMLElement} panes @param {HTMLFormElement} form */
export function showFindings(panes, form) {
  let timer = 0;
  async function look() {
    const answer = await fetch(panes.dataset.marginOf ?? "").catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const whole = the(panes, "[data-checks]", HTMLElement);
    const before = whole.querySelector("details");
    whole.innerHTML = await answer.text();
    // It stays as it was opened or closed. On a phone the text is what one comes for.
    const list = whole.querySelector("details");
    if (list) list.open = before ? before.open : list.open && panes.querySelector("[data-pane-tabs]:not([hidden])")?.clientHeight === 0;
    const findings = findingsIn(whole);
    for (const thing of all(form, "[data-kind], .issue-head")) show(thing, findings);
  }
  document.addEventListener("kept", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(look, PAUSE_MS);
  });
  look();
}

/** @param {HTMLElement} thing @param {Finding[]} findings */
function show(thing, findings) {
  const margin = thing.querySelector(":scope > [data-margin], :scope > .entry-body > [data-margin]");
  if (!(margin instanceof HTMLElement)) return;
  const here = findings.filter((finding) => isAbout(finding.field, thing));
  const isOfIssue = thing.classList.contains("issue-head");
  margin.replaceChildren(...grouped(here).map((alike) => line(alike, isOfIssue)));
  margin.hidden = here.length === 0;
  const badge = thing.querySelector(":scope > summary > .found");
  if (!(badge instanceof HTMLElement)) return;
  badge.hidden = here.length === 0;
  badge.className = `found ${here[0]?.severity ?? ""}`;
  badge.textContent = here.length === 0 ? "" : counted(here);
}

/** @param {string} field @param {HTMLElement} thing */
function isAbout(field, thing) {
  if (!thing.id || thing.id === "issue-form") return ["title", "subject", "preheader", "intro", "number", "issued_on", "author"].includes(field);
  return field === thing.id || field.startsWith(`${thing.id}-`);
}

/** @param {Finding[]} findings */
function grouped(findings) {
  /** @type {Map<string, Finding[]>} */
  const groups = new Map();
  for (const finding of findings) {
    const key = `${finding.severity} ${finding.check}`;
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()];
}

/** An entry needs no name here; a field of the issue does.
 * @param {Finding[]} alike @param {boolean} isNamed
 */
function line(alike, isNamed) {
  const item = document.createElement("li");
  item.className = alike[0].severity;
  const more = alike.length > 1 ? ` ${alike.length - 1} more like this.` : "";
  const label = isNamed ? `${alike[0].label}: ` : "";
  item.textContent = `${label}${alike[0].message} ${alike[0].advice}${more}`;
  item.title = alike.slice(1).map((one) => one.message).join("\n");
  return item;
}

/** In the words of the worst.
 * @param {Finding[]} findings
 */
function counted(findings) {
  const worst = findings.filter((finding) => finding.severity === findings[0].severity).length;
  return `${worst} ${findings[0].severity}${worst === 1 ? "" : "s"}`;
}
