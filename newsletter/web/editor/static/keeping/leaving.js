// Signing out on purpose leaves no text at this browser: the next person here may be someone else.
import { countKept, dropKept } from "./kept.js";

document.addEventListener("submit", (event) => {
  if (!(event.target instanceof HTMLFormElement) || !event.target.getAttribute("action")?.endsWith("/sign-out")) return;
  const question = "Text that could not be saved is kept in this browser. Sign out and delete it?";
  if (countKept() && !window.confirm(question)) event.preventDefault();
  else dropKept();
});
