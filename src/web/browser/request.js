/** Turns the draft of a form into a request, and a request into a curl command. No DOM, no network. */

/**
 * @param {import("./request.d.ts").Draft} draft
 * @returns {import("./request.d.ts").RequestToSend}
 */
export function requestOf({ method, path, parameters, accept, content }) {
  /** @param {string} place */
  const placed = (place) => parameters.filter((parameter) => parameter.in === place);
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name) =>
    encodeURIComponent(placed("path").find((parameter) => parameter.name === name)?.value ?? ""),
  );
  const query = placed("query").map(({ name, value }) => `${legible(name)}=${legible(value)}`);
  /** @type {[string, string][]} */
  const headers = placed("header").map(({ name, value }) => [name, value]);
  if (accept !== undefined) headers.unshift(["Accept", accept]);
  if (content !== undefined) headers.push(["Content-Type", content.mediaType]);
  return {
    method,
    target: query.length === 0 ? filled : `${filled}?${query.join("&")}`,
    headers,
    body: content?.text,
  };
}

/**
 * Encodes a part of a query, but keeps brackets and commas: a URL may contain them, and the command stays readable.
 *
 * @param {string} text
 */
function legible(text) {
  return encodeURIComponent(text).replaceAll("%5B", "[").replaceAll("%5D", "]").replaceAll("%2C", ",");
}

/**
 * The curl command for a POSIX shell. It never contains the token, but reads it from the variable `TOKEN`.
 *
 * @param {string} origin
 * @param {import("./request.d.ts").RequestToSend} request
 * @param {boolean} hasToken
 */
export function curlCommand(origin, { method, target, headers, body }, hasToken) {
  // Without `-g`, curl interprets brackets and braces as patterns.
  const globbing = /[[\]{}]/.test(target) ? " -g" : "";
  const chosenMethod = method === (body === undefined ? "GET" : "POST") ? "" : ` -X ${method}`;
  const parts = [`curl -i${globbing}${chosenMethod} ${shellQuote(`${origin}${target}`)}`];
  for (const [name, value] of headers) parts.push(`-H ${shellQuote(`${name}: ${value}`)}`);
  if (hasToken) parts.push('-H "Authorization: Bearer $TOKEN"');
  if (body !== undefined) parts.push(`--data-raw ${shellQuote(body)}`);
  return parts.join(" \\\n  ");
}

/**
 * Quotes any text as one word for a POSIX shell.
 *
 * @param {string} text
 */
export function shellQuote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
