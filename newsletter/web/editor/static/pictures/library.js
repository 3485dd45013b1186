// Pictures dropped on the library or pasted into it are added one after the other.
const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form.add-picture"));
const said = document.querySelector("[data-adding]");
const unseen = /** @type {HTMLElement | null} */ (document.querySelector("[data-unseen]"));

// A bucket that can't be reached shows by its pictures, which may have failed before we listen.
const showUnseen = () => { if (unseen) unseen.hidden = false; };
for (const image of document.images) {
  if (image.complete && image.currentSrc && !image.naturalWidth) showUnseen();
  image.addEventListener("error", showUnseen);
}

/** @param {File[]} files */
async function add(files) {
  if (!form || !files.length) return;
  let problem = "";
  for (const [at, file] of files.entries()) {
    if (said) said.textContent = `Adding ${at + 1} of ${files.length}…`;
    problem = (await send(form, file)) || problem;
  }
  if (problem) {
    if (said) said.textContent = problem;
  } else {
    window.location.reload();
  }
}

/**
 * Why it was not taken, or "".
 * @param {HTMLFormElement} form
 * @param {File} file
 */
async function send(form, file) {
  const body = new FormData();
  body.set("file", file);
  const token = /** @type {HTMLInputElement} */ (form.elements.namedItem("csrf_token")).value;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body,
      headers: { Accept: "application/json", "X-CSRFToken": token },
    });
    if (answer.ok) return "";
    const { message = "", advice = "" } = await answer.json();
    return `${file.name}: ${message} ${advice}`;
  } catch {
    return `${file.name} couldn’t be sent. Try again.`;
  }
}

if (form) {
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) form.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    form.classList.remove("dropping");
    add([...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    add(files);
  });
}
