// What went wrong with a text, said below it.

/** Stays until one types on. @param {HTMLTextAreaElement} box @param {string} words */
export function tell(box, words) {
  const note = document.createElement("small");
  note.className = "problem";
  note.setAttribute("role", "alert");
  note.textContent = words;
  box.after(note);
  box.addEventListener("input", () => note.remove(), { once: true });
}
