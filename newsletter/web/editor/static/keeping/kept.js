// Text that is not saved yet, kept in this browser: by person, issue and thing, each field with the
// text that it was written over. It is written down before a request goes out, and dropped when the
// server has it. So are the names of pictures that are on their way. Another person at this browser never gets it, and signing out drops it.

/** @typedef {Record<string, { base: string, text: string }>} Texts */

const PREFIX = "kept:";
const PICTURES = "pictures on their way:";
const LASTS_MS = 30 * 24 * 3600 * 1000;

/** @param {number} editor @param {number} issue */
export function keptTexts(editor, issue) {
  const own = `${PREFIX}${editor}:${issue}:`;
  return {
    /** Whether this browser had room for it.
     * @param {string} thing @param {Texts} texts
     */
    put(thing, texts) {
      try {
        if (Object.keys(texts).length) window.localStorage.setItem(own + thing, JSON.stringify({ at: Date.now(), texts }));
        else window.localStorage.removeItem(own + thing);
        return true;
      } catch {
        return false;
      }
    },
    /** @returns {Map<string, Texts>} */
    all() {
      return new Map(keys(own).map((key) => [key.slice(own.length), read(key)]));
    },
  };
}

/** The names of pictures that are on their way to the library of an issue's newsletter.
 * @param {number} editor @param {number} issue
 */
export function namesOnTheWay(editor, issue) {
  const key = `${PICTURES}${editor}:${issue}`;
  return {
    /** @param {string[]} names */
    put(names) {
      try {
        if (names.length) window.localStorage.setItem(key, JSON.stringify(names));
        else window.localStorage.removeItem(key);
      } catch {
        // Without room, nothing is said of them after a reload. They are not in the text either.
      }
    },
    /** @returns {string[]} */
    all() {
      try {
        return JSON.parse(window.localStorage.getItem(key) ?? "[]");
      } catch {
        return [];
      }
    },
  };
}

/** How many texts of anyone are kept here. */
export function countKept() {
  return keys(PREFIX).length;
}

export function dropKept() {
  for (const key of [...keys(PREFIX), ...keys(PICTURES)]) window.localStorage.removeItem(key);
}

/** @param {string} prefix */
function keys(prefix) {
  try {
    return Object.keys(window.localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return [];
  }
}

/** @param {string} key @returns {Texts} */
function read(key) {
  try {
    const { at, texts } = JSON.parse(window.localStorage.getItem(key) ?? "");
    if (Date.now() - at < LASTS_MS) return texts;
  } catch {
    // Not ours, or cut off: there is nothing to bring back.
  }
  window.localStorage.removeItem(key);
  return {};
}
