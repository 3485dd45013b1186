// Forms that a passkey fills in: [data-passkey] is where to ask what it should sign. The answer goes into the
// form's field, and the form is sent as any other. Without a script, or where a browser can't, they say so.

/** @param {string} text */
function bytes(text) {
  const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
}

/** @param {ArrayBuffer | null | undefined} data */
function text(data) {
  if (!data) return undefined;
  const raw = String.fromCharCode(...new Uint8Array(data));
  return btoa(raw).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {{ id: string }[] | undefined} known */
const withBytes = (known) => (known ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

/** @param {any} options */
async function create(options) {
  const user = { ...options.user, id: bytes(options.user.id) };
  const publicKey = { ...options, user, challenge: bytes(options.challenge), excludeCredentials: withBytes(options.excludeCredentials) };
  return /** @type {any} */ (await navigator.credentials.create({ publicKey }));
}

/** @param {any} options */
async function get(options) {
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: withBytes(options.allowCredentials) };
  return /** @type {any} */ (await navigator.credentials.get({ publicKey }));
}

/** @param {any} credential */
function inJson(credential) {
  const said = credential.response;
  return JSON.stringify({
    id: credential.id, rawId: text(credential.rawId), type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: {
      clientDataJSON: text(said.clientDataJSON), attestationObject: text(said.attestationObject),
      authenticatorData: text(said.authenticatorData), signature: text(said.signature),
      userHandle: text(said.userHandle), transports: said.getTransports?.(),
    },
  });
}

/** @param {HTMLFormElement} form */
function whyNot(form) {
  const origin = form.dataset.origin;
  if (!origin) return "Passkeys need https. This service has none yet.";
  if (location.origin !== origin) return `Open ${origin} to use a passkey.`;
  return window.PublicKeyCredential ? "" : "This browser has no passkeys.";
}

/** @param {HTMLFormElement} form @param {HTMLElement} said */
async function fill(form, said) {
  const answer = await fetch(form.dataset.passkey ?? "", { headers: { Accept: "application/json" } });
  const isAsked = answer.ok && answer.headers.get("Content-Type")?.startsWith("application/json");
  if (!isAsked) {
    said.textContent = "That took too long. Reload the page, then try again.";
    return;
  }
  const ask = form.dataset.does === "create" ? create : get;
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("answer"));
  field.value = inJson(await ask(await answer.json()));
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!(form instanceof HTMLFormElement)) continue;
  const said = /** @type {HTMLElement} */ (form.querySelector("[role=status]"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  said.textContent = whyNot(form);
  button.disabled = said.textContent !== "";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    said.textContent = "Follow your browser or device.";
    button.disabled = true;
    try {
      await fill(form, said);
    } catch (error) {
      const isKnown = error instanceof DOMException && error.name === "InvalidStateError";
      said.textContent = isKnown ? "This device has a passkey of yours already." : "Nothing was sent. Try again, or use another way.";
    }
    button.disabled = false;
  });
}
