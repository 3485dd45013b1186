// Asks every few seconds who else has the issue open and what they changed, while someone looks at it.
import { make, tell } from "./page.js";
import { Failed } from "./server.js";

const EVERY_MS = 4000;
const IDLE_MS = 10 * 60_000;

/** @typedef {{ tab: string, id: number, name: string, at: string }} Person */

/**
 * @param {HTMLFormElement} form
 * @param {ReturnType<typeof import("./server.js").askServer>} server
 * @param {ReturnType<typeof import("./saving.js").savesThings>} saving
 * @param {number} owner
 * @param {(outline: import("./pieces.js").SectionIds[]) => Promise<void>} arrange
 * @param {(words: string) => void} closed
 */
export function follows(form, server, saving, owner, arrange, closed) {
  const tab = Math.random().toString(36).slice(2, 12) || "tab";
  const people = showsPeople(form, saving.describe, owner);
  let lastActed = Date.now();
  /** @type {Promise<void> | null} */
  let asking = null;

  const where = () => {
    const thing = document.activeElement?.closest("[data-kind]");
    const id = thing instanceof HTMLElement && form.contains(thing) ? thing.id : "";
    return /^(section|entry)-\d+$/.test(id) ? id : document.activeElement?.closest("#issue-form") ? "issue" : "";
  };

  async function look() {
    const since = saving.state.version;
    const found = await server.ask("GET", `/state?since=${since}&tab=${tab}&at=${where()}`).catch((error) => {
      if (error instanceof Failed && error.trouble === "signed-out" && saving.waiting().length) saving.saveAll();
      return null;
    });
    if (!found) return;
    if (saving.state.isHeld && (await server.renew()).id === owner) saving.release();
    people.show(found.people);
    if (!["draft", "scheduled"].includes(found.state)) closed(`This issue is ${found.state} now, so it can’t be changed any more.`);
    if (!found.outline || saving.state.version !== since) return;
    await arrange(found.outline);
    saving.learn();
    const changed = found.things.filter((/** @type {any} */ one) => saving.takeFromElsewhere(one.thing, one.fields));
    saving.setVersion(found.version);
    if (changed.length) tell("changed-elsewhere", { version: found.version, things: changed, outline: found.outline });
  }
  /** Now, or after what is asked already. @returns {Promise<void>} */
  function lookNow() {
    const before = asking ?? Promise.resolve();
    const mine = before.then(look).finally(() => {
      if (asking === mine) asking = null;
    });
    asking = mine;
    return mine;
  }
  for (const kind of ["input", "pointerdown", "keydown", "focusin"]) {
    document.addEventListener(kind, () => (lastActed = Date.now()), { passive: true });
  }
  // A page that lies open does not keep a session alive, nor does it claim that someone is there.
  const isWatched = () => document.visibilityState === "visible" && Date.now() - lastActed < IDLE_MS;
  window.setInterval(() => isWatched() && !asking && lookNow(), EVERY_MS);
  document.addEventListener("visibilitychange", () => isWatched() && lookNow());
  lookNow();
  return { lookNow };
}

/** @param {HTMLFormElement} form @param {(thing: string) => string} describe @param {number} owner */
function showsPeople(form, describe, owner) {
  const found = document.querySelector("[data-keeping-people]");
  const place = found instanceof HTMLElement ? found : make("p", { class: "meta people-here", role: "status" });
  if (!found) form.prepend(place);
  place.hidden = true;
  return {
    /** @param {Person[]} others */
    show(others) {
      for (const one of form.querySelectorAll(".visitor")) one.remove();
      const said = others.map((one) => {
        if (one.id === owner) return "You have this issue open in another window, too.";
        return one.at && one.at !== "issue" ? `${one.name} is in ${describe(one.at)}.` : `${one.name} has this issue open.`;
      });
      const words = [...new Set(said)].join(" ");
      if (place.textContent !== words) place.textContent = words;
      place.hidden = !words;
      for (const { at, name, id } of others) {
        if (id === owner) continue;
        const heading = at ? form.querySelector(`#${CSS.escape(at)} > summary`) : null;
        heading?.append(make("small", { class: "visitor" }, name));
      }
    },
  };
}
