// The sample on the settings page follows the colours while they are chosen.

const frame = document.querySelector("iframe[data-sample]");
const form = frame?.closest("form");
if (frame instanceof HTMLIFrameElement && form) follow(frame, form);

/** @param {HTMLIFrameElement} frame @param {HTMLFormElement} form */
function follow(frame, form) {
  let waiting = 0;
  form.addEventListener("input", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement)) return;
    if (!field.name.startsWith("theme_")) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => show(frame, form), 300);
  });
}

/** @param {HTMLIFrameElement} frame @param {HTMLFormElement} form */
function show(frame, form) {
  const given = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (name.startsWith("theme_")) given.set(name, value.toString());
  }
  frame.src = `${frame.dataset.sample?.split("?")[0]}?${given}`;
}
