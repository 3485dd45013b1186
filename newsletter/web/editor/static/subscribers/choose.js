// Choosing subscribers in the table: all of a page at once, and how many are chosen.
const form = document.getElementById("many");
const all = /** @type {HTMLInputElement | null} */ (form?.querySelector("[data-choose-all]") ?? null);
const said = form?.querySelector("[data-chosen]") ?? null;
const boxes = /** @type {HTMLInputElement[]} */ ([...(form?.querySelectorAll("input[name=id]") ?? [])]);

function say() {
  const chosen = boxes.filter((box) => box.checked).length;
  if (said) said.textContent = chosen ? `${chosen} chosen` : "";
  if (!all) return;
  all.checked = chosen === boxes.length;
  all.indeterminate = chosen > 0 && chosen < boxes.length;
}

if (form && all) {
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    say();
  });
  form.addEventListener("change", say);
  say();
}
