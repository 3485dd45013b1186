// What becomes of a text, or went wrong with it, said below it.

/** @param {HTMLTextAreaElement} box @param {string} words */
export function note(box, words) {
  const said = document.createElement("small");
  said.className = "meta";
  said.setAttribute("role", "status");
  said.textContent = words;
  box.after(said);
  return said;
}

/** Stays until one types on. @param {HTMLTextAreaElement} box @param {string} words */
export function tell(box, words) {
  const problem = note(box, words);
  problem.className = "problem";
  problem.setAttribute("role", "alert");
  box.addEventListener("input", () => problem.remove(), { once: true });
}
