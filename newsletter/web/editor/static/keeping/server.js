// Asks the server, and sorts what can go wrong by what there is to do about it.

/** @typedef {{ status: number, data: any }} Answer */
/** @typedef {"offline" | "signed-out" | "busy" | "refused"} Trouble */

const REACHED_MS = 20_000;
/** As LARGEST_JSON_BYTES of web/editor/issues/json_answers.py. */
const MOST_BYTES = 2_500_000;

export class Failed extends Error {
  /** @param {Trouble} trouble @param {string} message @param {string} error @param {number} waitS */
  constructor(trouble, message, error = "", waitS = 0) {
    super(message);
    this.trouble = trouble;
    this.error = error;
    this.waitS = waitS;
  }
}

/** @param {HTMLFormElement} form @param {number} owner the editor for whom the page was made */
export function askServer(form, owner) {
  const root = form.getAttribute("action") ?? "";

  const token = () => form.querySelector("input[name=csrf_token]");
  const tokenValue = () => {
    const input = token();
    return input instanceof HTMLInputElement ? input.value : "";
  };

  /** Throws Failed. 409 with conflicts is an answer.
   * @param {string} method @param {string} path @param {unknown} [body] @param {boolean} [isLast]
   * @returns {Promise<any>}
   */
  async function ask(method, path, body, isLast = false) {
    const answer = await send(method, path, body, isLast);
    if (answer.data?.error !== "csrf") return sorted(answer);
    // Another session is here now. Nothing of this page is sent in someone else's name.
    const session = await renew();
    if (session.id !== owner) throw new Failed("signed-out", "Someone else is signed in.");
    return sorted(await send(method, path, body, isLast));
  }

  /** @param {string} method @param {string} path @param {unknown} body @param {boolean} isLast @returns {Promise<Answer>} */
  async function send(method, path, body, isLast) {
    let answer;
    const json = body ? JSON.stringify(body) : undefined;
    // Servers hang up on what is too large, which looks like a network that is gone.
    if (json && json.length * 3 > MOST_BYTES && new Blob([json]).size > MOST_BYTES) {
      throw new Failed("refused", "This text is too large to be saved. Make it two.", "too-large");
    }
    try {
      answer = await fetch(root + path, {
        method,
        headers: { "X-CSRFToken": tokenValue(), Accept: "application/json", ...(body ? { "Content-Type": "application/json" } : {}) },
        body: json,
        keepalive: isLast,
        redirect: "error",
        signal: isLast ? undefined : AbortSignal.timeout(REACHED_MS),
      });
      return { status: answer.status, data: await answer.json() };
    } catch {
      if (answer) throw new Failed("busy", "The server can’t save at the moment.");
      throw new Failed("offline", "The server can’t be reached.");
    }
  }

  /** Who is signed in now. Every form of the page gets the token of that session.
   * @returns {Promise<{ signed_in: boolean, id: number | null, name: string }>}
   */
  async function renew() {
    const answer = await fetch("/editor/session", { headers: { Accept: "application/json" } });
    const session = await answer.json();
    for (const input of document.querySelectorAll("input[name=csrf_token]")) {
      if (input instanceof HTMLInputElement) input.value = session.csrf_token;
    }
    return session;
  }
  return { ask, renew };
}

/** @param {Answer} answer */
function sorted({ status, data }) {
  if (status < 300 || (status === 409 && data.conflicts)) return data;
  const words = [data?.message, data?.advice].filter(Boolean).join(" ");
  if (status === 401) throw new Failed("signed-out", words);
  if (status === 429 || status >= 500) throw new Failed("busy", words, data?.error, status === 429 ? 10 : 0);
  throw new Failed("refused", words, data?.error);
}
