// Signs in again over the page, when its session has ended: the usual page in a frame, with all that it
// asks for. Then what waits is saved. Someone else who signs in here saves nothing of this page.
import { make, tell } from "./page.js";

/**
 * @param {() => Promise<{ signed_in: boolean, id: number | null, name: string }>} renew
 * @param {{ id: number | null, name: string }} owner @param {() => void} goOn
 */
export function signsInAgain(renew, owner, goOn) {
  let isOpen = false;

  return function open() {
    if (isOpen) return;
    isOpen = true;
    tell("signedout");
    const frame = make("iframe", { src: "/editor/sign-in?next=/editor/signed-in", title: "Sign in" });
    const said = make("p", { role: "status" }, "Your text is kept in this browser. Sign in to save it.");
    const later = make("button", { class: "secondary" }, "Not now");
    const dialog = make("dialog", { class: "sign-in-again", "aria-labelledby": "sign-in-again-heading" },
      make("h2", { id: "sign-in-again-heading" }, "You are signed out"), said, frame,
      make("form", { method: "dialog", class: "actions" }, later));
    document.body.append(dialog);
    dialog.showModal();
    const look = async () => {
      const session = await renew().catch(() => null);
      if (!session?.signed_in || !dialog.open) return;
      if (owner.id !== null && session.id !== owner.id) {
        said.textContent = `You signed in as ${session.name}. This page was opened by ${owner.name}: nothing of it was saved. Sign in as ${owner.name}, or reload the page.`;
        return;
      }
      dialog.close("done");
    };
    frame.addEventListener("load", look);
    const watch = window.setInterval(look, 3000);
    dialog.addEventListener("close", () => {
      window.clearInterval(watch);
      isOpen = false;
      const isDone = dialog.returnValue === "done";
      dialog.remove();
      if (!isDone) return;
      tell("signedin");
      goOn();
    });
  };
}
