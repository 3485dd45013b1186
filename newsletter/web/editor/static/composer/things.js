// Adds, moves, removes and brings back sections and entries: each one small request, one after the
// other. What is typed is not saved here.
import { tokenOf } from "./page.js";

/** @typedef {{thing: string, section: number | null, after: number | null}} Place */
/** @typedef {{thing: string, id: number, version: number}} Added */

/** @param {HTMLFormElement} form */
export function thingsOf(form) {
  const version = form.elements.namedItem("version");
  // Its buttons are called “action” and hide the property of that name.
  const address = form.getAttribute("action") ?? "";
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();

  /** @param {string} method @param {string} path @param {object} [body] */
  async function ask(method, path, body) {
    const answer = await fetch(`${address}${path}`, {
      method,
      headers: { "Content-Type": "application/json", "X-CSRFToken": tokenOf(form) },
      body: body && JSON.stringify(body),
    });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(`${said.message ?? "This could not be saved."} ${said.advice ?? ""}`.trim());
    // The form's own button goes on from here.
    if (version instanceof HTMLInputElement && said.version) version.value = String(said.version);
    return said;
  }
  /** @param {string} method @param {string} path @param {object} [body] */
  function inTurn(method, path, body) {
    const asked = last.then(() => ask(method, path, body));
    last = asked.catch(() => null);
    return asked;
  }
  return {
    /** @param {{kind: string, section: number | null}} wanted @returns {Promise<Added>} */
    add: (wanted) => inTurn("POST", "/things", { ...wanted, fields: {}, key: crypto.randomUUID() }),
    /** @param {Place} place */
    move: (place) => inTurn("POST", "/moves", place),
    /** @param {string} thing */
    remove: (thing) => inTurn("DELETE", `/things/${thing}`),
    /** @param {string} thing */
    restore: (thing) => inTurn("POST", `/things/${thing}/restore`),
  };
}

/** The number in `entry-17`; null for one that the server does not know yet.
 * @param {string | null | undefined} name
 */
export function idOf(name) {
  const found = /^(?:section|entry)-(\d+)$/.exec(name ?? "");
  return found ? Number(found[1]) : null;
}
