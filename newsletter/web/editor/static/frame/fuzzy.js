// Which items fit what was typed: its letters in their order, the best first.

/** @template {{label: string, about: string}} T
 * @param {T[]} items @param {string} typed @returns {T[]}
 */
export function rank(items, typed) {
  const wanted = typed.toLowerCase().replace(/\s+/g, "");
  if (!wanted) return items;
  return items
    .map((item) => ({ item, score: score(`${item.label} ${item.about}`.toLowerCase(), wanted) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
    .map(({ item }) => item);
}

/** 0 if a letter is missing; more for letters that follow one another or begin a word.
 * @param {string} text @param {string} wanted
 */
function score(text, wanted) {
  let sum = 1;
  let at = -1;
  for (const letter of wanted) {
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return 0;
    if (next === at + 1) sum += 4;
    else if (next === 0 || text[next - 1] === " ") sum += 3;
    else sum -= 1;
    at = next;
  }
  return Math.max(sum, wanted.length > 2 && sum < wanted.length ? 0 : 1);
}
