// Saving comes back to where one was. What was new has another id then, so its place counts.

/** @typedef {{id: string, at: number}} Kept */
/** @typedef {{scroll: number, focused: Kept, open: Kept[]}} Place */

const PLACE = `place of ${window.location.pathname}`;

/** Opens what folds around an element, and goes to it. @param {string} id */
export function unfold(id) {
  const target = id ? document.getElementById(id) : null;
  if (!target) return;
  for (let at = target.closest("details"); at; at = at.parentElement?.closest("details") ?? null) at.open = true;
  target.focus();
  target.scrollIntoView({ block: "center" });
}

/** @param {HTMLFormElement} form */
export function rememberPlace(form) {
  const all = entries(form);
  const place = {
    scroll: window.scrollY,
    focused: kept(document.activeElement, fields(form)),
    open: all.filter((entry) => entry.open).map((entry) => kept(entry, all)),
  };
  window.sessionStorage.setItem(PLACE, JSON.stringify(place));
}

/** @param {HTMLFormElement} form */
export function comeBack(form) {
  /** @type {Place | null} */
  const place = JSON.parse(window.sessionStorage.getItem(PLACE) ?? "null");
  window.sessionStorage.removeItem(PLACE);
  if (!place) return;
  for (const one of place.open) {
    const entry = found(one, entries(form));
    if (entry instanceof HTMLDetailsElement) entry.open = true;
  }
  found(place.focused, fields(form))?.focus({ preventScroll: true });
  window.scrollTo({ top: place.scroll, behavior: "instant" });
}

/** @param {HTMLFormElement} form @returns {HTMLDetailsElement[]} */
function entries(form) {
  return [...form.querySelectorAll("details")].filter((one) => one.classList.contains("entry"));
}

/** @param {HTMLFormElement} form @returns {HTMLElement[]} */
function fields(form) {
  return [...form.elements].filter((one) => one instanceof HTMLElement);
}

/** @param {Element | null} element @param {HTMLElement[]} all @returns {Kept} */
function kept(element, all) {
  return { id: element?.id ?? "", at: all.findIndex((one) => one === element) };
}

/** @param {Kept} one @param {HTMLElement[]} all @returns {HTMLElement | null} */
function found(one, all) {
  return (one.id && document.getElementById(one.id)) || all[one.at] || null;
}
