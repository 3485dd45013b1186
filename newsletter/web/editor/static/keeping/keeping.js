// Nothing typed is lost: starts what saves the page of an issue, and is the door for its other scripts.
// What it agrees on with the page and the server is in docs/writing.md.
import { follows } from "./following.js";
import { keptTexts } from "./kept.js";
import { newKey, tell } from "./page.js";
import { notice, statusLine } from "./said.js";
import { savesThings } from "./saving.js";
import { askServer, Failed } from "./server.js";
import { takesButtons } from "./buttons.js";

/** One `key` is added once.
 * @typedef {{ kind: "entry" | "section", section?: number, after?: number | null, fields?: Record<string, string>, key?: string }} Addition */
/** @typedef {{ thing: string, section?: number | null, after?: number | null }} Move */

/** @type {Record<string, string>} */
const WORDS = { offline: "offline.", "signed-out": "signed out." };

const form = document.getElementById("issue-form");
const started = form instanceof HTMLFormElement && form.dataset.editor ? start(form) : null;

/** @param {HTMLFormElement} page */
function start(page) {
  page.dataset.keeping = "";
  const owner = { id: Number(page.dataset.editor), name: page.dataset.editorName ?? "" };
  const server = askServer(page, owner.id);
  const kept = keptTexts(owner.id, Number(page.dataset.id));
  const status = statusLine(page);
  let isClosed = false;
  const saving = savesThings(page, server, kept, {
    show,
    clash: async (thing, answer) => (await dialogs()).clash(thing, answer),
    lose,
    signedOut: async () => (await dialogs()).signIn(),
  });
  // Few visits need them, so they are fetched when one does.
  const dialogs = once(async () => {
    const [conflict, session] = await Promise.all([import("./conflict.js"), import("./sign_in.js")]);
    const { clash } = conflict.settlesConflicts(saving);
    return { clash, signIn: session.signsInAgain(server.renew, owner, saving.release) };
  });
  const following = follows(page, server, saving, owner.id, arrange, closed);

  function show() {
    const waiting = saving.waiting();
    const refused = saving.things().filter((thing) => Object.keys(saving.unsaved(thing, true)).length);
    if (!saving.state.hasRoom && !saving.refusal()) return status.say("Not saved, and this browser has no room to keep it. Leave the page open.", "bad");
    const { trouble } = saving.state;
    const why = isClosed && refused.length ? "the issue can’t be changed any more." : waiting.length ? WORDS[trouble] ?? trouble : "";
    if (saving.refusal()) return status.say(`Not saved: ${saving.refusal()}`, "bad");
    if (why) return status.say(`Not saved: ${why} Your text is kept in this browser.`, "bad");
    if (waiting.length) return status.say("Saving…", "busy");
    if (refused.length) return status.say("Saved, except for what is marked.", "bad");
    return status.say("Saved", "good");
  }

  /** @param {string} thing @param {Failed} error */
  function lose(thing, error) {
    tell("gone", { thing, why: error.error });
    if (error.error === "gone") {
      const back = () => restore(thing).then(() => saving.revive(thing)).catch(say);
      notice(`${error.message}`, { label: "Bring it back", act: back }, 0);
    } else if (["closed", "not-found", "forbidden"].includes(error.error ?? "")) closed(error.message);
    else notice(error.message, { label: "Try again", act: () => saving.revive(thing) }, 0);
    show();
  }
  /** @param {string} words */
  function closed(words) {
    if (isClosed) return;
    isClosed = true;
    // No field is left that takes what can't be saved. What is in them can be copied.
    for (const field of page.querySelectorAll("input[data-field], textarea[data-field]")) field.setAttribute("readonly", "");
    const seen = { label: "See the issue", act: () => window.location.assign(window.location.pathname) };
    notice(`${words} What you typed is kept in this browser, and in this page.`, seen, 0);
    show();
  }
  /** @param {import("./pieces.js").SectionIds[]} outline */
  async function arrange(outline) {
    const pieces = (await import("./pieces.js")).arranges(page);
    const lost = await pieces.arrange(outline, (thing) => Object.keys(saving.unsaved(thing, true)).length > 0);
    for (const thing of saving.things()) if (thing !== "issue" && !pieces.here(thing) && !lost.includes(thing)) saving.forget(thing);
  }
  /** @param {unknown} error */
  function say(error) {
    notice(error instanceof Error ? error.message : String(error));
  }

  /** @type {Promise<unknown> | null} */
  let lastMove = null;
  /** @param {Addition} addition */
  async function add(addition) {
    await saving.saveAll();
    const answer = await server.ask("POST", "/things", { key: newKey(), ...addition });
    await following.lookNow();
    return answer;
  }
  /** @param {string} thing */
  async function remove(thing) {
    const words = saving.describe(thing);
    await saving.save(thing);
    const answer = await server.ask("DELETE", `/things/${thing}`);
    const next = besideOf(thing);
    await following.lookNow();
    if (next?.isConnected) next.focus({ preventScroll: true });
    notice(`${words[0].toUpperCase()}${words.slice(1)} is removed.`, { label: "Undo", act: () => restore(thing).catch(say) });
    return answer;
  }
  /** Where the focus goes when a thing goes: to the entry behind or before it, or its section.
   * @param {string} thing
   */
  function besideOf(thing) {
    const gone = page.querySelector(`#${CSS.escape(thing)}`);
    if (!(gone instanceof HTMLElement) || !gone.contains(document.activeElement)) return null;
    const alike = [...page.querySelectorAll(`[data-kind=${gone.dataset.kind}]`)];
    const at = alike.indexOf(gone);
    const next = alike[at + 1] ?? alike[at - 1] ?? page;
    const found = next.querySelector(":scope > summary, [data-field=title]");
    return found instanceof HTMLElement ? found : null;
  }
  /** @param {string} thing */
  async function restore(thing) {
    const answer = await server.ask("POST", `/things/${thing}/restore`);
    await following.lookNow();
    const back = page.querySelector(`#${CSS.escape(thing)} > summary`);
    if (back instanceof HTMLElement) back.focus();
    return answer;
  }
  /** One after the other: two quick moves that cross on their way would leave the first one's place.
   * @param {Move} wanted
   */
  function move(wanted) {
    const ask = async () => {
      const answer = await server.ask("POST", "/moves", wanted);
      saving.advance(answer.version);
      return answer;
    };
    const moved = lastMove ? lastMove.then(ask) : ask();
    const settled = moved.catch(() => {}).then(() => {
      if (lastMove === settled) lastMove = null;
    });
    lastMove = settled;
    return moved;
  }

  async function begin() {
    if (page.dataset.unsaved !== undefined) await learnWhatIsStored();
    const back = saving.bringBack();
    if (back.length) {
      tell("came-back", { texts: back });
      notice(`Text that was not saved came back: ${back.map(saving.describe).join(", ")}.`, null, 0);
    }
    await saving.saveAll();
    show();
  }
  /** The form came back from the server with what was typed, which is not what is stored. */
  async function learnWhatIsStored() {
    const found = await server.ask("GET", "/state?since=0").catch(() => null);
    for (const one of found?.things ?? []) {
      for (const [name, text] of Object.entries(one.fields)) saving.base(one.thing, name, /** @type {string} */ (text));
    }
  }
  // What is saved as it is typed needs no question when the page is left.
  window.addEventListener("beforeunload", (event) => event.stopImmediatePropagation(), { capture: true });
  document.addEventListener("submit", (event) => {
    const leaving = event.target;
    if (!(leaving instanceof HTMLFormElement) || !leaving.getAttribute("action")?.endsWith("/sign-out") || !saving.waiting().length || saving.state.trouble) return;
    event.preventDefault();
    event.stopPropagation();
    saving.saveAll().then(() => leaving.requestSubmit());
  }, { capture: true });
  takesButtons(page, { add, remove, move, saveAll: saving.saveAll, say, look: following.lookNow });
  begin();
  return { save: (/** @type {string} */ thing = "") => (thing ? saving.save(thing) : saving.saveAll()), add, remove, restore, move };
}

/** @template T @param {() => Promise<T>} make */
function once(make) {
  /** @type {Promise<T> | null} */
  let made = null;
  return () => (made ??= make());
}

function door() {
  if (!started) throw new Error("This page can’t be saved by itself.");
  return started;
}
/** @param {string} [thing] */
export const save = (thing) => door().save(thing);
/** @param {Addition} addition */
export const add = (addition) => door().add(addition);
/** @param {string} thing */
export const remove = (thing) => door().remove(thing);
/** @param {string} thing */
export const restore = (thing) => door().restore(thing);
/** @param {Move} wanted */
export const move = (wanted) => door().move(wanted);
