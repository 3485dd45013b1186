// Saves what is typed: each thing by itself, within two seconds after typing stops, one request at a
// time for each. What isn't saved is kept in the browser until it is.
import { fieldNamed, fieldOf, fieldsOf, rendered, tell, titleOf, write } from "./page.js";
import { Failed } from "./server.js";

/** @typedef {import("./page.js").Field} Field */
/** `stored` is what the server has. `settled` is a text that it has answered: saved, or refused with words.
 * @typedef {{ stored: string, settled: string | null, isClashing: boolean }} Known */
/** @typedef {{ timer: number, since: number, isAsking: boolean, tries: number, isLost: boolean, refusal: string, done: Promise<void> }} Work */

const PAUSE_MS = 900;
const LONGEST_MS = 4000;
const LONGEST_WAIT_MS = 30_000;
/** Nothing that is typed changes these. */
const FINAL = ["gone", "closed", "not-found", "forbidden"];
const MOST_AT_THE_END = 60_000;

/**
 * @param {HTMLFormElement} form
 * @param {ReturnType<typeof import("./server.js").askServer>} server
 * @param {ReturnType<typeof import("./kept.js").keptTexts>} kept
 * @param {{ show: () => void, clash: (thing: string, answer: any) => void, lose: (thing: string, error: Failed) => void, signedOut: () => void }} others
 */
export function savesThings(form, server, kept, others) {
  /** @type {Map<string, Map<string, Known>>} */
  const known = new Map();
  /** @type {Map<string, Work>} */
  const work = new Map();
  const state = { version: Number(form.dataset.version) || 0, trouble: "", hasRoom: true, isHeld: false };

  /** @param {string} thing */
  const workOf = (thing) => {
    const found = work.get(thing) ?? { timer: 0, since: 0, isAsking: false, tries: 0, isLost: false, refusal: "", done: Promise.resolve() };
    work.set(thing, found);
    return found;
  };
  /** @param {string} thing @param {string} name */
  const knownOf = (thing, name) => known.get(thing)?.get(name);

  function learn() {
    for (const { thing, name, field } of fieldsOf(form)) {
      const names = known.get(thing) ?? new Map();
      known.set(thing, names);
      if (!names.has(name)) names.set(name, { stored: rendered(field), settled: null, isClashing: false });
    }
  }

  /** Fields whose text the server doesn't have. With `isAll` also those that it has refused.
   * @param {string} thing @param {boolean} [isAll] @returns {Record<string, { base: string, text: string }>}
   */
  function unsaved(thing, isAll = false) {
    /** @type {Record<string, { base: string, text: string }>} */
    const found = {};
    for (const [name, one] of known.get(thing) ?? []) {
      const text = fieldNamed(form, thing, name)?.value;
      if (text === undefined || text === one.stored) continue;
      if (isAll || (text !== one.settled && !one.isClashing)) found[name] = { base: one.stored, text };
    }
    return found;
  }
  const things = () => [...known.keys()];
  /** Why a text is not taken as it stands. */
  const refusal = () => things().map((thing) => work.get(thing)?.refusal).find(Boolean) ?? "";
  const waiting = () => things().filter((thing) => Object.keys(unsaved(thing)).length || work.get(thing)?.isAsking);

  /** @param {string} thing */
  function keep(thing) {
    state.hasRoom = kept.put(thing, unsaved(thing, true));
  }

  /** @param {string} thing */
  function changed(thing) {
    keep(thing);
    const mine = workOf(thing);
    window.clearTimeout(mine.timer);
    if (!Object.keys(unsaved(thing)).length) {
      mine.since = 0;
      others.show();
      return;
    }
    const now = Date.now();
    mine.since ||= now;
    mine.timer = window.setTimeout(() => save(thing), Math.max(0, Math.min(PAUSE_MS, mine.since + LONGEST_MS - now)));
    others.show();
  }

  /** @param {string} thing @param {boolean} [isLast] @returns {Promise<void>} */
  function save(thing, isLast = false) {
    const mine = workOf(thing);
    window.clearTimeout(mine.timer);
    if (mine.isAsking) return mine.done.then(() => (isLast ? undefined : save(thing)));
    const texts = unsaved(thing);
    if (!Object.keys(texts).length || mine.isLost || state.isHeld) return Promise.resolve();
    mine.isAsking = true;
    mine.since = 0;
    others.show();
    mine.done = request(thing, texts, isLast).finally(() => {
      mine.isAsking = false;
      keep(thing);
      others.show();
    });
    return mine.done.then(() => (Object.keys(unsaved(thing)).length && !state.trouble && !mine.isLost ? changed(thing) : undefined));
  }

  /** @param {string} thing @param {Record<string, { base: string, text: string }>} texts @param {boolean} isLast */
  async function request(thing, texts, isLast) {
    /** @param {"text" | "base"} part */
    const part = (part) => Object.fromEntries(Object.entries(texts).map(([name, one]) => [name, one[part].replaceAll("\r\n", "\n")]));
    try {
      const answer = await server.ask("PATCH", `/things/${thing}`, { fields: part("text"), base: part("base") }, isLast);
      workOf(thing).tries = 0;
      calm();
      take(thing, texts, answer);
    } catch (error) {
      fail(thing, error);
    }
  }

  /** @param {string} thing @param {Record<string, { base: string, text: string }>} texts @param {any} answer */
  function take(thing, texts, answer) {
    for (const [name, { text }] of Object.entries(texts)) {
      const one = knownOf(thing, name);
      if (!one) continue;
      one.settled = text;
      if (name in answer.saved) one.stored = answer.saved[name];
      // What was tidied, such as blanks at the ends, shows as it is stored once nobody types in it.
      const field = fieldNamed(form, thing, name);
      if (name in answer.saved && field && field.value === text && field !== document.activeElement) write(field, one.stored);
      one.isClashing = name in (answer.conflicts ?? {});
      showProblem(form, thing, name, answer.problems?.[name] ?? "");
    }
    advance(answer.version);
    tell("kept", { thing, version: answer.version, saved: answer.saved, problems: answer.problems ?? {} });
    if (answer.conflicts) others.clash(thing, answer);
  }

  /** @param {string} thing @param {unknown} error */
  function fail(thing, error) {
    const failed = error instanceof Failed ? error : new Failed("busy", String(error));
    const mine = workOf(thing);
    if (failed.trouble === "refused") {
      mine.isLost = true;
      mine.refusal = FINAL.includes(failed.error) ? "" : failed.message;
      others.lose(thing, failed);
      return;
    }
    const before = state.trouble;
    state.trouble = failed.trouble === "busy" ? failed.message : failed.trouble;
    if (failed.trouble === "signed-out") {
      state.isHeld = true;
      others.signedOut();
      return;
    }
    if (failed.trouble === "offline" && before !== "offline") tell("offline");
    mine.tries += 1;
    const wait = failed.waitS * 1000 || Math.min(LONGEST_WAIT_MS, 1000 * 2 ** (mine.tries - 1));
    mine.timer = window.setTimeout(() => save(thing), wait * (0.75 + Math.random() / 2));
  }

  function calm() {
    const before = state.trouble;
    state.trouble = "";
    if (before === "offline") tell("online");
    if (before) for (const thing of waiting()) if (!workOf(thing).isAsking) save(thing);
  }

  /** The version that the page shows, when nothing of someone else lies between.
   * @param {number} version
   */
  function advance(version) {
    if (version === state.version + 1) setVersion(version);
  }
  /** @param {number} version */
  function setVersion(version) {
    state.version = version;
    const field = form.elements.namedItem("version");
    if (field instanceof HTMLInputElement) field.value = String(version);
    // It was so when the page was opened. The line at the buttons says how it is now.
    document.querySelector("[data-last-saved]")?.remove();
  }

  form.addEventListener("input", (event) => {
    const found = fieldOf(event.target);
    if (!found) return;
    learn();
    const one = knownOf(found.thing, found.name);
    if (one && found.field.value !== one.settled) showProblem(form, found.thing, found.name, "");
    // What was refused as it stands, such as a text that is too long, is another text now.
    const mine = workOf(found.thing);
    if (mine.refusal) Object.assign(mine, { isLost: false, refusal: "" });
    changed(found.thing);
  });
  form.addEventListener("change", (event) => {
    const found = fieldOf(event.target);
    if (found) changed(found.thing);
  });
  window.addEventListener("online", () => saveAll());
  const leave = () => {
    let room = MOST_AT_THE_END;
    for (const thing of things()) {
      const size = JSON.stringify(unsaved(thing)).length * 2;
      if (size <= 4 || size > room || workOf(thing).isAsking) continue;
      room -= size;
      save(thing, true);
    }
  };
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());
  window.addEventListener("pagehide", leave);

  /** Saves what can be saved now. Whether everything is. */
  async function saveAll() {
    if (state.isHeld && waiting().length) others.signedOut();
    await Promise.all(waiting().map((thing) => save(thing)));
    return things().every((thing) => !Object.keys(unsaved(thing, true)).length);
  }

  /** What an earlier visit could not save goes back into the page, and is saved.
   * @returns {string[]} the things that it is of
   */
  function bringBack() {
    const back = [];
    for (const [thing, texts] of kept.all()) {
      let isBack = false;
      for (const [name, { base, text }] of Object.entries(texts)) {
        const field = fieldNamed(form, thing, name);
        const one = knownOf(thing, name);
        if (!field || !one || field.value === text) continue;
        one.stored = base;
        write(field, text);
        isBack = true;
      }
      if (isBack) back.push(thing);
      else if (known.has(thing)) keep(thing);
    }
    return back;
  }

  /** The server's texts, for fields in which nothing unsaved is. Whether it changed any.
   * @param {string} thing @param {Record<string, string>} texts
   */
  function takeFromElsewhere(thing, texts) {
    const pending = unsaved(thing, true);
    let isChanged = false;
    for (const [name, text] of Object.entries(texts)) {
      const one = knownOf(thing, name);
      const field = fieldNamed(form, thing, name);
      if (!one || !field || name in pending || workOf(thing).isAsking || one.stored === text) continue;
      one.stored = text;
      one.settled = null;
      write(field, text);
      isChanged = true;
    }
    return isChanged;
  }

  /** A conflict was settled: `text` is written over what the other one wrote.
   * @param {string} thing @param {string} name @param {string} theirs @param {string} text
   */
  function settle(thing, name, theirs, text) {
    const one = knownOf(thing, name);
    const field = fieldNamed(form, thing, name);
    if (!one || !field) return;
    Object.assign(one, { stored: theirs, settled: null, isClashing: false });
    if (field.value === text) changed(thing);
    else write(field, text);
  }

  /** What the server has of a field. @param {string} thing @param {string} name @param {string} text */
  function base(thing, name, text) {
    const one = knownOf(thing, name);
    if (one) one.stored = text;
  }
  /** What is saved goes on. */
  function release() {
    state.isHeld = false;
    state.trouble = "";
    return saveAll();
  }
  /** @param {string} thing */
  function revive(thing) {
    Object.assign(workOf(thing), { isLost: false, refusal: "", tries: 0 });
    return save(thing);
  }
  /** Its text is in no field any more. @param {string} thing */
  function forget(thing) {
    known.delete(thing);
    kept.put(thing, {});
  }

  learn();
  return {
    state, learn, base, refusal, saveAll, save, waiting, unsaved, things, setVersion, advance, bringBack, takeFromElsewhere, settle, release, revive, forget,
    describe: (/** @type {string} */ thing) => titleOf(form, thing),
  };
}

/** Words under a field, as the form itself shows them.
 * @param {HTMLFormElement} form @param {string} thing @param {string} name @param {string} words
 */
function showProblem(form, thing, name, words) {
  const field = fieldNamed(form, thing, name);
  if (!field) return;
  const id = `${field.id}-problem`;
  const shown = document.getElementById(id);
  if (!words) {
    if (!shown) return;
    shown.remove();
    field.removeAttribute("aria-invalid");
    if (document.getElementById(`${field.id}-help`)) field.setAttribute("aria-describedby", `${field.id}-help`);
    else field.removeAttribute("aria-describedby");
    return;
  }
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", id);
  const place = shown ?? document.createElement("small");
  place.id = id;
  place.className = "problem";
  place.textContent = words;
  if (!shown) field.after(place);
}
