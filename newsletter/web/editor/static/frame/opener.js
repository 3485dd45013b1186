// Ctrl-K, ⌘K or the button opens the command palette, which is loaded when it is first wanted.

export function openPaletteByKey() {
  const button = document.querySelector("a[data-palette]");
  if (!(button instanceof HTMLAnchorElement)) return;
  if (/Mac|iPhone|iPad/.test(navigator.userAgent)) button.querySelector("kbd")?.replaceChildren("⌘ K");
  button.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(button);
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    open(button);
  });
}

/** The page that finds does the same, where the script can't be had. @param {HTMLAnchorElement} button */
function open(button) {
  import("./palette.js").then(
    ({ openPalette }) => openPalette(button.dataset.palette ?? button.href),
    () => window.location.assign(button.href),
  );
}
