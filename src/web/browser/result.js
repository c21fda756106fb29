/** Sends a request and shows its response: status line, headers and body. Screen readers announce the status line. */
import { element, messageOf } from "./element.js";
import { jsonTokens } from "./json-tokens.js";

const MAX_SHOWN_CHARACTERS = 100_000;

/**
 * The element that shows the response. Only the newest request fills it.
 *
 * @param {() => string} readToken
 */
export function resultOf(readToken) {
  const status = element("p", { role: "status", class: "outcome" });
  const content = element("div");
  /** @type {AbortController | undefined} */
  let running;
  /** @param {import("./request.d.ts").RequestToSend} request */
  async function send({ method, target, headers, body }) {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    status.textContent = "Sending…";
    content.replaceChildren();
    // biome-ignore lint/plugin: shown to the reader only; no result depends on it
    const began = performance.now();
    try {
      const sent = new Headers(headers.map(([name, value]) => [name, value]));
      const token = readToken();
      if (token !== "") sent.set("Authorization", `Bearer ${token}`);
      const response = await fetch(target, {
        method,
        headers: sent,
        credentials: "omit",
        cache: "no-store",
        signal: mine.signal,
        ...(body === undefined ? {} : { body }),
      });
      const bytes = await response.arrayBuffer();
      // biome-ignore lint/plugin: as above
      const took = Math.round(performance.now() - began);
      status.replaceChildren(
        element(
          "strong",
          { class: response.ok || response.status === 304 ? "good" : "bad" },
          `${response.status} ${response.statusText}`.trim(),
        ),
        ` in ${took} ms, ${bytes.byteLength.toLocaleString("en-US")} bytes`,
      );
      content.replaceChildren(headersOf(response), ...bodyOf(response, new TextDecoder().decode(bytes)));
    } catch (error) {
      if (!mine.signal.aborted) status.textContent = `The request could not be sent: ${messageOf(error)}`;
    }
  }
  return { result: element("div", { class: "result" }, status, content), send };
}

/** @param {Response} response */
function headersOf(response) {
  const lines = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  return element(
    "details",
    {},
    element("summary", {}, "Headers"),
    element("pre", { class: "block" }, element("code", {}, lines)),
  );
}

/**
 * @param {Response} response
 * @param {string} text
 * @returns {Node[]}
 */
function bodyOf(response, text) {
  if (text === "") return [element("p", { class: "hint" }, "The response has no body.")];
  const isJson = /[/+]json\b/.test(response.headers.get("content-type") ?? "");
  const whole = isJson ? indented(text) : text;
  const shown = whole.slice(0, MAX_SHOWN_CHARACTERS);
  const code = element("code");
  for (const { kind, text: part } of isJson ? jsonTokens(shown) : [{ kind: "plain", text: shown }]) {
    code.append(kind === "plain" ? part : element("span", { class: `json-${kind}` }, part));
  }
  const rest = whole.length - shown.length;
  return [
    element("pre", { class: "block body", role: "region", "aria-label": "Response body", tabindex: "0" }, code),
    ...(rest === 0
      ? []
      : [element("p", { class: "hint" }, `${rest.toLocaleString("en-US")} more characters are not shown.`)]),
  ];
}

/** @param {string} text */
function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
