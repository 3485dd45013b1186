// Small comforts on the editor's pages; everything works without them.
(() => {
  "use strict";

  // Buttons that remove what was written ask first.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-confirm]");
    if (button && !window.confirm(button.dataset.confirm)) {
      event.preventDefault();
    }
  });

  // Rich text, from a word processor, a mail or a page, is pasted as Markdown.
  const RICH = "a[href], li, h1, h2, h3, h4, h5, h6, b, strong, i, em, blockquote, img, pre, table, [style*=font-weight]";
  const isMarkdown = (text) => /\]\([^()\s]+\)|^#{1,6} /m.test(text);
  const isRich = (html) => new DOMParser().parseFromString(html, "text/html").querySelector(RICH) !== null;
  document.addEventListener("paste", (event) => {
    const box = event.target.closest("textarea[data-markdown]");
    const data = event.clipboardData;
    if (!box || !data || data.types.includes("vscode-editor-data")) return;
    const html = data.getData("text/html");
    const plain = data.getData("text/plain");
    if (!html || isMarkdown(plain) || !isRich(html)) return;
    event.preventDefault();
    asMarkdown(box, html).catch(() => plain).then((text) => insert(box, text || plain));
  });
  async function asMarkdown(box, html) {
    const token = box.form.elements.csrf_token.value;
    const body = new URLSearchParams({ html, csrf_token: token });
    const answer = await fetch(box.dataset.markdown, { method: "POST", body });
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.text();
  }
  function insert(box, text) {
    box.focus();
    // Unlike setRangeText it can be undone.
    if (document.execCommand("insertText", false, text)) return;
    box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // Leaving a page with unsaved writing asks first.
  const form = document.getElementById("issue-form");
  if (!form) return;
  const note = form.querySelector(".unsaved");
  let isUnsaved = "unsaved" in form.dataset;
  let isSubmitting = false;

  form.addEventListener("input", () => {
    isUnsaved = true;
    if (note) note.textContent = "Unsaved changes";
  });
  form.addEventListener("submit", (event) => {
    isSubmitting = true;
    if (event.submitter && event.submitter.value !== "preview") rememberPlace();
  });
  window.addEventListener("beforeunload", (event) => {
    if (isUnsaved && !isSubmitting) event.preventDefault();
  });

  // Ctrl+S or ⌘S saves.
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      form.requestSubmit(form.querySelector(".save-bar button[value=save]"));
    }
  });

  // A link to a field in a folded entry unfolds it; so does a field that is wrong.
  const unfold = (id) => {
    const target = id && document.getElementById(id);
    if (!target) return;
    for (let at = target.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
    target.focus();
    target.scrollIntoView({ block: "center" });
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link) { event.preventDefault(); unfold(link.hash.slice(1)); }
  });
  // Saving comes back to where one was. What was new has another id then, so its place counts.
  const PLACE = `place of ${window.location.pathname}`;
  const entries = () => [...form.querySelectorAll("details.entry")];
  const found = (kept, all) => (kept && (document.getElementById(kept.id) || all[kept.at])) || null;
  const kept = (element, all) => ({ id: element.id, at: all.indexOf(element) });
  function rememberPlace() {
    const place = {
      scroll: window.scrollY,
      focused: kept(document.activeElement, [...form.elements]),
      open: entries().filter((entry) => entry.open).map((entry) => kept(entry, entries())),
    };
    window.sessionStorage.setItem(PLACE, JSON.stringify(place));
  }
  function comeBack() {
    const place = JSON.parse(window.sessionStorage.getItem(PLACE));
    window.sessionStorage.removeItem(PLACE);
    if (!place) return;
    for (const one of place.open) {
      const entry = found(one, entries());
      if (entry) entry.open = true;
    }
    const field = found(place.focused, [...form.elements]);
    if (field) field.focus({ preventScroll: true });
    window.scrollTo({ top: place.scroll, behavior: "instant" });
  }
  comeBack();

  // After a button has added or moved something, the page shows that.
  if (window.location.hash) unfold(window.location.hash.slice(1));
  const focused = form.querySelector("[autofocus]");
  if (focused) unfold(focused.id);
})();
