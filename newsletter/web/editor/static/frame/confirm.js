// Buttons that remove what was written ask first.

export function askBeforeRemoving() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-confirm]");
    if (button instanceof HTMLElement && !window.confirm(button.dataset.confirm)) event.preventDefault();
  });
}
