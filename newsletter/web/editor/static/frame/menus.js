// Menus by keys: the arrows go through an open menu, Home and End to its ends. The browser itself opens it,
// closes it with Escape and gives the focus back; without this script, Tab goes through it.

const STEPS = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1 });

export function walkMenusByKeys() {
  document.addEventListener("keydown", (event) => {
    const menu = event.target instanceof HTMLElement && openMenuOf(event.target);
    if (!menu || event.altKey || event.ctrlKey || event.metaKey) return;
    const items = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("a[href], button:not(:disabled)")]);
    const next = nextOf(items, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}

/** The menu that has the focus, or that its button has just opened. @param {HTMLElement} at */
function openMenuOf(at) {
  const named = at.getAttribute("popovertarget");
  const menu = named ? document.getElementById(named) : at.closest(".menu[popover]");
  return menu instanceof HTMLElement && menu.matches(".menu:popover-open") ? menu : null;
}

/** @param {HTMLElement[]} items @param {string} key */
function nextOf(items, key) {
  if (key === "Home") return items[0];
  if (key === "End") return items.at(-1);
  const step = STEPS[key];
  if (!step) return undefined;
  const at = items.findIndex((one) => one === document.activeElement);
  return items.at(at < 0 && step < 0 ? -1 : (at + step) % items.length);
}
