// Two people changed the same text: both versions, a choice for each paragraph, and the result, which
// can be edited before it is saved. Closing the dialog keeps one's own text in the page and the browser.
import { make, tell } from "./page.js";

const MOST_PARAGRAPHS = 2000;

/** @typedef {{ base: string, yours: string, theirs: string }} Clash */
/** @typedef {{ same: string } | { mine: string, theirs: string, choice: string }} Piece */

/**
 * @param {{ settle: (thing: string, name: string, theirs: string, text: string) => void, describe: (thing: string) => string }} saving
 */
export function settlesConflicts(saving) {
  /** @type {{ thing: string, name: string, by: string, clash: Clash }[]} */
  const waiting = [];
  let isOpen = false;

  /** @param {string} thing @param {any} answer */
  function clash(thing, answer) {
    tell("conflict", { thing, conflicts: answer.conflicts });
    for (const [name, one] of Object.entries(answer.conflicts)) {
      waiting.push({ thing, name, by: answer.by, clash: /** @type {Clash} */ (one) });
    }
    next();
  }
  function next() {
    const one = waiting[0];
    if (isOpen || !one) return;
    isOpen = true;
    ask(one).then((text) => {
      isOpen = false;
      waiting.shift();
      if (text !== null) {
        saving.settle(one.thing, one.name, one.clash.theirs, text);
        tell("resolved", { thing: one.thing, fields: { [one.name]: text } });
      }
      next();
    });
  }
  /** @param {{ thing: string, name: string, by: string, clash: Clash }} one @returns {Promise<string | null>} */
  function ask({ thing, name, by, clash: { base, yours, theirs } }) {
    const pieces = piecesOf(base, yours, theirs);
    const result = make("textarea", { rows: "8", "aria-label": "What will be saved", dir: "auto" });
    const combine = () => {
      result.value = pieces.map((piece) => ("same" in piece ? piece.same : chosen(piece))).filter(Boolean).join("\n\n");
    };
    const list = make("div", { class: "conflict-pieces" }, ...pieces.map((piece, at) => choiceOf(piece, at, combine)));
    combine();
    const save = make("button", { type: "submit", value: "save" }, "Save this");
    const later = make("button", { type: "submit", value: "", class: "secondary" }, "Decide later");
    const dialog = make("dialog", { class: "conflict", "aria-labelledby": "conflict-heading" },
      make("form", { method: "dialog" },
        make("h2", { id: "conflict-heading" }, "Two versions of this text"),
        make("p", {}, `${by} changed ${words(name)} of ${thing === "issue" ? "the issue" : saving.describe(thing)} while you did. Choose for each paragraph.`),
        list, make("label", {}, "What will be saved", result), make("div", { class: "actions" }, save, later)));
    document.body.append(dialog);
    dialog.showModal();
    return new Promise((done) => {
      dialog.addEventListener("close", () => {
        dialog.remove();
        done(dialog.returnValue === "save" ? result.value : null);
      });
    });
  }
  return { clash, resume: next };
}

/** @param {string} name */
function words(name) {
  const known = { body: "the text", url: "the link", intro: "the introduction", issued_on: "the date", plain_links: "the counting", link_parameters: "the parameters" };
  return known[/** @type {keyof typeof known} */ (name)] ?? `the ${name}`;
}

/** @param {{ mine: string, theirs: string, choice: string }} piece */
function chosen(piece) {
  if (piece.choice === "both") return [piece.theirs, piece.mine].filter(Boolean).join("\n\n");
  return piece.choice === "mine" ? piece.mine : piece.theirs;
}

/** @param {Piece} piece @param {number} at @param {() => void} combine */
function choiceOf(piece, at, combine) {
  if ("same" in piece) return make("p", { class: "conflict-same", dir: "auto" }, piece.same);
  const options = [["mine", "Yours", piece.mine], ["theirs", "Theirs", piece.theirs], ["both", "Both", ""]].map(([value, label, text]) => {
    const radio = make("input", { type: "radio", name: `piece-${at}`, value });
    radio.checked = piece.choice === value;
    radio.addEventListener("change", () => {
      piece.choice = value;
      combine();
    });
    const shown = value === "both" ? "" : text || "(nothing)";
    return make("label", { class: "conflict-choice" }, radio, make("strong", {}, label), make("span", { dir: "auto" }, shown));
  });
  return make("fieldset", {}, make("legend", { class: "visually-hidden" }, `Paragraph ${at + 1}`), ...options);
}

/** What is the same, and between it what differs. What one side left as it was yields to the other.
 * @param {string} base @param {string} yours @param {string} theirs @returns {Piece[]}
 */
function piecesOf(base, yours, theirs) {
  const [mine, other] = [yours, theirs].map((text) => text.split(/\n{2,}/));
  const old = `\n\n${base}\n\n`;
  if (mine.length > MOST_PARAGRAPHS || other.length > MOST_PARAGRAPHS) return [{ mine: yours, theirs, choice: "both" }];
  /** @type {Piece[]} */
  const pieces = [];
  let [at, there] = [0, 0];
  for (const [i, j] of [...inCommon(mine, other), [mine.length, other.length]]) {
    const [left, right] = [mine.slice(at, i).join("\n\n"), other.slice(there, j).join("\n\n")];
    if (left || right) {
      const choice = isOf(old, right) && !isOf(old, left) ? "mine" : isOf(old, left) && !isOf(old, right) ? "theirs" : "mine";
      pieces.push({ mine: left, theirs: right, choice });
    }
    if (i < mine.length) pieces.push({ same: mine[i] });
    [at, there] = [i + 1, j + 1];
  }
  return pieces;
}

/** @param {string} old @param {string} text */
function isOf(old, text) {
  return text === "" || old.includes(`\n\n${text}\n\n`);
}

/** The longest run of paragraphs that both have, as pairs of places.
 * @param {string[]} a @param {string[]} b @returns {[number, number][]}
 */
function inCommon(a, b) {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i][j] = a[i] === b[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  /** @type {[number, number][]} */
  const pairs = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (lengths[i + 1][j] >= lengths[i][j + 1]) i += 1;
    else j += 1;
  }
  return pairs;
}
