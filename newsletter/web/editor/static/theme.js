// The sample on the settings page follows the colours while they are chosen.
(() => {
  "use strict";
  const frame = document.querySelector("iframe[data-sample]");
  if (!frame) return;
  const form = frame.closest("form");
  let waiting = 0;
  const show = () => {
    const given = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (name.startsWith("theme_")) given.set(name, value);
    }
    frame.src = `${frame.dataset.sample.split("?")[0]}?${given}`;
  };
  form.addEventListener("input", (event) => {
    if (!event.target.name || !event.target.name.startsWith("theme_")) return;
    clearTimeout(waiting);
    waiting = setTimeout(show, 300);
  });
})();
