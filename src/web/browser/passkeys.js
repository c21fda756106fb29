/**
 * Adds passkeys and signs in with them. A part of the page stays hidden if the browser does not support it. The server
 * creates all options and verifies all responses; this script stores nothing.
 */
import { messageOf } from "./element.js";

/** Not every browser has `parseRequestOptionsFromJSON` yet. */
const canUse = typeof PublicKeyCredential === "function" && "parseRequestOptionsFromJSON" in PublicKeyCredential;

/**
 * Sends JSON and returns the JSON of the response.
 *
 * @param {string} path
 * @param {Record<string, string>} body
 */
async function send(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json, application/problem+json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await reasonOf(response));
  return response.json();
}

/**
 * The reason of a refusal. The service says when to try again. A proxy in front of it can send a refusal without JSON.
 *
 * @param {Response} response
 */
async function reasonOf(response) {
  const unknown =
    response.status === 429
      ? "Too many attempts. Try again later."
      : "The service returned an unexpected response. Try again in a moment.";
  const { detail } = await response.json().catch(() => ({ detail: unknown }));
  return detail;
}

/**
 * Shows a part of the page and runs `act` when its button is pressed. An error is shown below the button.
 *
 * @param {string} id
 * @param {(part: HTMLElement, csrf: string) => Promise<string>} act Returns the URL to open next
 */
function offer(id, act) {
  const part = document.getElementById(id);
  const button = part?.querySelector("button");
  const message = part?.querySelector("[role=alert]");
  if (!part || !button || !message) return;
  part.hidden = false;
  button.addEventListener("click", async () => {
    message.textContent = "";
    button.disabled = true;
    try {
      location.assign(await act(part, part.dataset["csrf"] ?? ""));
    } catch (error) {
      message.textContent = wordsFor(error);
      button.disabled = false;
      button.focus();
    }
  });
}

/** @param {unknown} error */
function wordsFor(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return "You did not choose a passkey, or the time ran out. Try again.";
  if (name === "InvalidStateError") return "This device already has a passkey for your account.";
  return messageOf(error);
}

/**
 * The credential as JSON text.
 *
 * @param {Credential | null} credential
 */
function textOf(credential) {
  if (!(credential instanceof PublicKeyCredential)) throw new Error("The browser returned no passkey.");
  return JSON.stringify(credential.toJSON());
}

/** @param {HTMLElement} part @param {string} csrf */
async function addPasskey(part, csrf) {
  const options = await send("/account/passkeys/options", { csrf });
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = textOf(await navigator.credentials.create({ publicKey }));
  const name = part.querySelector("input")?.value ?? "";
  const { location: next } = await send("/account/passkeys", { csrf, credential, name });
  return next;
}

/** @param {HTMLElement} part @param {string} csrf */
async function logIn(part, csrf) {
  const options = await send("/login/passkey/options", { csrf });
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = textOf(await navigator.credentials.get({ publicKey }));
  const { location: next } = await send(part.dataset["action"] ?? "/login/passkey", { csrf, credential });
  return next;
}

if (canUse) {
  offer("passkey-add", addPasskey);
  offer("passkey-log-in", logIn);
}
