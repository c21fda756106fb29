/**
 * The field for an idempotency key: a new key for each request, unless the reader keeps the last one to see a replay, or
 * types one.
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
 * A random UUID (RFC 9562 section 5.4), also where the page is not secure and the browser makes none.
 *
 * @returns {string}
 */
function newKey() {
  // biome-ignore lint/plugin: a key has to differ from all others; it is made in the reader's browser
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte, index) => {
    const marked = index === 6 ? (byte & 0x0f) | 0x40 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    return marked.toString(16).padStart(2, "0");
  }).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/**
 * Like a field of any parameter. `renew` is called before each request: it replaces a key that was sent already.
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
    element("label", { for: keep.id }, "Send the last key again, to see a replay"),
  );
  function renew() {
    const isUsed = input instanceof HTMLInputElement && input.value === sent;
    if (isUsed && !keep.checked) input.value = newKey();
    sent = read().value;
  }
  return { row, choice, isSent, read, renew };
}
