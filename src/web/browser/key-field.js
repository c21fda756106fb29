/**
 * The field for an idempotency key. Each request gets a new key, unless the reader keeps the last one to see a replay or
 * types a key.
 */
import { element } from "./element.js";
import { parameterField } from "./fields.js";

/** @typedef {import("../openapi.ts").Parameter} Parameter */

export const KEY_HEADER = "Idempotency-Key";

/** @param {Parameter} parameter */
export function isKey(parameter) {
  return parameter.in === "header" && parameter.name === KEY_HEADER;
}

/**
 * Returns a random UUID (RFC 9562 section 5.4). On an insecure page, the browser has no `crypto.randomUUID()`.
 *
 * @returns {string}
 */
function newKey() {
  // biome-ignore lint/plugin: the key must be unique; the reader's browser creates it
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte, index) => {
    const marked = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    return marked.toString(16).padStart(2, "0");
  }).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/**
 * A parameter field for the key. Call `renew` before each request: it replaces a key that was already sent.
 *
 * @param {string} id
 * @param {Parameter} parameter
 */
export function keyField(id, parameter) {
  const { row, isSent, read } = parameterField(id, { ...parameter, example: newKey() });
  const input = row.querySelector("input[type=text]");
  const keep = element("input", { type: "checkbox", id: `${id}-keep-key` });
  let sent = "";
  const choice = element(
    "div",
    { class: "field keep" },
    keep,
    element("label", { for: keep.id }, "Send the last key again to see a replay"),
  );
  function renew() {
    const isUsed = input instanceof HTMLInputElement && input.value === sent;
    if (isUsed && !keep.checked) input.value = newKey();
    sent = read().value;
  }
  return { row, choice, isSent, read, renew };
}
