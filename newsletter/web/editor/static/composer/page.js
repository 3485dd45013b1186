// What the parts of the page share: the things that are written, and how the server is asked.

/** The entry, section or field of the issue that an element belongs to, by its name in the mail.
 * @param {Element} element
 */
export function partOf(element) {
  const entry = element.closest("[data-kind=entry]");
  if (entry) return entry.id;
  const section = element.closest("[data-kind=section]");
  if (section) return element.closest("[data-field=intro]") ? `${section.id}-intro` : section.id;
  return element instanceof HTMLElement && element.dataset.field === "intro" ? "intro" : "title";
}

/** @param {HTMLFormElement} form */
export function tokenOf(form) {
  return new FormData(form).get("csrf_token")?.toString() ?? "";
}

/** @param {ParentNode} root @param {string} selector @returns {HTMLElement[]} */
export function all(root, selector) {
  return [...root.querySelectorAll(selector)].filter((one) => one instanceof HTMLElement);
}

/** The first one, of a kind. Throws if the page does not have it.
 * @template {Element} T
 * @param {ParentNode} root @param {string} selector @param {new () => T} kind @returns {T}
 */
export function the(root, selector, kind) {
  const found = root.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`The page has no ${selector}`);
}

/** Reads it to people who can't see the page.
 * @param {string} words
 */
export function announce(words) {
  const place = document.querySelector("[data-announce]");
  if (place) place.textContent = words;
}
