// The things of an issue and their fields, as the page has them.

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field */

const NAME = /^(?:((?:section|entry)-[1-9]\d*)-)?(title|subject|preheader|intro|number|issued_on|author|layout|url|sources|body|plain_links|link_parameters)$/;

/** The thing and the field that an element is for; null for none that can be saved by itself.
 * @param {unknown} element @returns {{ thing: string, name: string, field: Field } | null}
 */
export function fieldOf(element) {
  const isField = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement;
  const found = isField ? NAME.exec(element.name) : null;
  return isField && found ? { thing: found[1] ?? "issue", name: found[2], field: element } : null;
}

/** @param {HTMLFormElement} form */
export function fieldsOf(form) {
  return [...form.elements].map(fieldOf).filter((one) => one !== null);
}

/** @param {HTMLFormElement} form @param {string} thing @param {string} name @returns {Field | null} */
export function fieldNamed(form, thing, name) {
  const found = form.elements.namedItem(thing === "issue" ? name : `${thing}-${name}`);
  return fieldOf(found)?.field ?? null;
}

/** What the server wrote into the page.
 * @param {Field} field
 */
export function rendered(field) {
  if (!(field instanceof HTMLSelectElement)) return field.defaultValue;
  const chosen = [...field.options].find((one) => one.defaultSelected) ?? field.options[0];
  return chosen?.value ?? "";
}

/** Puts a text into a field, and tells the other parts of the page.
 * @param {Field} field @param {string} text
 */
export function write(field, text) {
  if (field.value === text) return;
  const isTyping = field === document.activeElement && !(field instanceof HTMLSelectElement);
  const at = isTyping ? [field.selectionStart, field.selectionEnd] : null;
  field.value = text;
  if (at && !(field instanceof HTMLSelectElement)) field.setSelectionRange(at[0], at[1]);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** The words by which a thing is known to people.
 * @param {HTMLFormElement} form @param {string} thing
 */
export function titleOf(form, thing) {
  if (thing === "issue") return "the issue’s own fields";
  const title = fieldNamed(form, thing, "title")?.value.trim();
  const kind = thing.startsWith("section") ? "section" : "entry";
  return title ? `“${title.length > 60 ? `${title.slice(0, 59)}…` : title}”` : `${kind === "entry" ? "an entry" : "a section"} without a title`;
}

/** For a thing that is added. Pages that come by http have no randomUUID. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} name @param {unknown} [detail] */
export function tell(name, detail = {}) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

/** An element with attributes and what is in it. Texts stay texts.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Record<string, string>} attributes @param {(Node | string)[]} content
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...content) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content);
  return made;
}
