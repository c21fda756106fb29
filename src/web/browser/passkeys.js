/**
 * Passkeys on pages for people: adding one, and logging in with one. What the browser cannot do stays hidden. The
 * server makes all options and verifies all answers; nothing is kept here.
 */
import { messageOf } from "./element.js";
import { inWords } from "./waiting.js";

/** Declared by itself, since not every browser has it yet. */
const canUse = typeof PublicKeyCredential === "function" && "parseRequestOptionsFromJSON" in PublicKeyCredential;

/**
 * Sends JSON, and gives back JSON.
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
 * What a refusal tells the person, and when to try again. It may come from something in front of the service.
 *
 * @param {Response} response
 */
async function reasonOf(response) {
  const wait = response.headers.get("Retry-After");
  const advice = wait === null ? "" : `Try again in ${inWords(Number(wait))}.`;
  if (response.status === 429) return `Too many attempts. ${advice}`.trimEnd();
  const { detail } = await response.json().catch(() => ({ detail: "The service did not answer as expected." }));
  return `${detail} ${advice}`.trimEnd();
}

/**
 * Shows a part of the page and does something at its button; what fails is said below it.
 *
 * @param {string} id
 * @param {(part: HTMLElement, csrf: string) => Promise<string>} act gives the place to go on to
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
  if (name === "NotAllowedError") return "No passkey was chosen, or it took too long.";
  if (name === "InvalidStateError") return "This device has a passkey for the account already.";
  return messageOf(error);
}

/**
 * What the device made, as text.
 *
 * @param {Credential | null} credential
 */
function textOf(credential) {
  if (!(credential instanceof PublicKeyCredential)) throw new Error("The browser gave no passkey.");
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
