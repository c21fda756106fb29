/** From what a form says to a request, and to the curl command that sends the same. No document, no network. */

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
 * Brackets and commas stay as they are: a URL may hold them, and people read the command.
 *
 * @param {string} text
 */
function legible(text) {
  return encodeURIComponent(text).replaceAll("%5B", "[").replaceAll("%5D", "]").replaceAll("%2C", ",");
}

/**
 * The command for a POSIX shell. A token is never written into it: the shell is to have it as TOKEN.
 *
 * @param {string} origin
 * @param {import("./request.d.ts").RequestToSend} request
 * @param {boolean} hasToken
 */
export function curlCommand(origin, { method, target, headers, body }, hasToken) {
  // curl would take brackets and braces for patterns.
  const globbing = /[[\]{}]/.test(target) ? " -g" : "";
  const chosenMethod = method === (body === undefined ? "GET" : "POST") ? "" : ` -X ${method}`;
  const parts = [`curl -i${globbing}${chosenMethod} ${shellQuote(`${origin}${target}`)}`];
  for (const [name, value] of headers) parts.push(`-H ${shellQuote(`${name}: ${value}`)}`);
  if (hasToken) parts.push('-H "Authorization: Bearer $TOKEN"');
  if (body !== undefined) parts.push(`--data-raw ${shellQuote(body)}`);
  return parts.join(" \\\n  ");
}

/**
 * One word for a POSIX shell, whatever is in it.
 *
 * @param {string} text
 */
export function shellQuote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
