// The form's own buttons, without a new page: what they asked the form for, they ask the server for.
import { addsEntries } from "./adding.js";

/**
 * @param {HTMLFormElement} form
 * @param {{ add: (addition: any) => Promise<any>, remove: (thing: string) => Promise<any>, move: (wanted: any) => Promise<any>, saveAll: () => Promise<boolean>, say: (error: unknown) => void, look: () => Promise<void> }} keeping
 */
export function takesButtons(form, keeping) {
  let isThrough = false;
  const adding = addsEntries(form, keeping.add);

  form.addEventListener("submit", (event) => {
    const action = event.submitter instanceof HTMLButtonElement ? event.submitter.value : "save";
    if (isThrough || event.defaultPrevented) return;
    event.preventDefault();
    act(action, event.submitter).catch(keeping.say);
  });

  /** @param {string} action @param {HTMLElement | null} button */
  async function act(action, button) {
    const [verb, name] = [action.split(":")[0], action.split(":")[1] ?? ""];
    if (hasNewOnes() || verb === "place") return submit(button);
    if (verb === "add-entry" && button) return adding.addBefore(button, idOf(name));
    if (verb === "add-section") return show(await keeping.add({ kind: "section" }));
    if (verb === "remove") return keeping.remove(name);
    if (verb !== "save" && verb !== "preview") return submit(button);
    const isSaved = await keeping.saveAll();
    const preview = document.querySelector("a[href$='/preview']");
    if (verb === "preview" && isSaved && preview instanceof HTMLAnchorElement) window.location.assign(preview.href);
    return undefined;
  }

  /** What has no id is known to the form alone, which then does it all. */
  function hasNewOnes() {
    return form.querySelector("[id^=entry-new-], [id^=section-new-]") !== null;
  }

  /** By the form, after what is typed is saved. @param {HTMLElement | null} button */
  async function submit(button) {
    await keeping.saveAll();
    await keeping.look();
    isThrough = true;
    form.requestSubmit(button);
  }

  form.addEventListener("moved", (event) => {
    if (!(event instanceof CustomEvent)) return;
    const { thing, section, after } = event.detail;
    if (!/^(entry|section)-\d+$/.test(thing.id)) return;
    const wanted = { thing: thing.id, section: idOf(section), after: idOf(after) };
    keeping.move(wanted).catch((error) => {
      keeping.say(error);
      keeping.look();
    });
  });
}

/** @param {string | null} name */
function idOf(name) {
  const found = /^(?:entry|section)-(\d+)$/.exec(name ?? "");
  return found ? Number(found[1]) : null;
}

/** @param {{ thing: string }} added */
function show({ thing }) {
  const title = document.getElementById(thing)?.querySelector("[data-field=title]");
  if (title instanceof HTMLElement) title.focus();
}
