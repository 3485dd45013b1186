// A place in a text where something will come, that one may type around meanwhile.

/** Where the caret is now. @param {HTMLTextAreaElement} box */
export function bookmark(box) {
  let at = box.selectionEnd;
  let known = box.value;
  const listening = new AbortController();

  function follow() {
    const now = box.value;
    let same = 0;
    while (same < at && known[same] === now[same]) same += 1;
    if (same < at) {
      const end = sameAtTheEnd(known, now, same);
      at = at >= known.length - end ? at + now.length - known.length : now.length - end;
    }
    known = now;
  }
  /** One's own caret stays at its words; the next text comes behind this one. @param {string} text */
  function put(text) {
    const here = at;
    const { selectionStart: start, selectionEnd: end } = box;
    if (box === document.activeElement) {
      box.setSelectionRange(here, here);
      insert(box, text);
      box.setSelectionRange(shifted(start), shifted(end));
    } else replace(box, here, here, text);
    at = here + text.length;

    /** @param {number} one */
    function shifted(one) {
      return one < here ? one : one + text.length;
    }
  }
  box.addEventListener("input", follow, { signal: listening.signal });
  return {
    before: () => box.value.slice(0, at),
    after: () => box.value.slice(at),
    put,
    remove: () => listening.abort(),
  };
}

/** Instead of what is selected. Can be undone, unlike `replace`.
 * @param {HTMLTextAreaElement} box @param {string} text
 */
export function insert(box, text) {
  box.focus();
  if (!document.execCommand("insertText", false, text)) replace(box, box.selectionStart, box.selectionEnd, text);
}

/** @param {HTMLTextAreaElement} box @param {number} start @param {number} end @param {string} text */
function replace(box, start, end, text) {
  box.setRangeText(text, start, end, box === document.activeElement ? "end" : "preserve");
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

/** How many characters, not counting those that are the same from the beginning.
 * @param {string} one @param {string} other @param {number} same
 */
function sameAtTheEnd(one, other, same) {
  const most = Math.min(one.length, other.length) - same;
  let end = 0;
  while (end < most && one[one.length - 1 - end] === other[other.length - 1 - end]) end += 1;
  return end;
}
