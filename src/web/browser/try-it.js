/**
 * Forms that send an operation's request to this origin and show the response. The script builds a form from the OpenAPI
 * document when the reader first opens it. The access token stays in the memory of the page and is sent only with requests.
 */
import { copyButton } from "./copy.js";
import { element, messageOf } from "./element.js";
import { acceptField, contentField, parameterField } from "./fields.js";
import { isKey, keyField } from "./key-field.js";
import { curlCommand, requestOf } from "./request.js";
import { resultOf } from "./result.js";

/** @typedef {import("../openapi.ts").Operation} Operation */

let token = "";
/** @type {Promise<import("../openapi.ts").OpenApi> | undefined} */
let loading;

/** Loads the OpenAPI document once. After a failure, the next call tries again. */
function loadDocument() {
  loading ??= fetch("/openapi.json")
    .then((response) => (response.ok ? response.json() : Promise.reject(new Error(`status ${response.status}`))))
    .catch((error) => {
      loading = undefined;
      throw error;
    });
  return loading;
}

/**
 * Adds the closed form to the section of an operation.
 *
 * @param {HTMLElement} section
 */
export function addTryIt(section) {
  const { method = "", path = "" } = section.dataset;
  const body = element("div", { class: "part-body" });
  const details = element("details", { class: "part try" }, element("summary", {}, element("h4", {}, "Try it")), body);
  section.append(details);
  details.addEventListener("toggle", async () => {
    if (!details.open || body.childElementCount > 0) return;
    const notice = element("p", {}, "Loading…");
    body.append(notice);
    try {
      const operation = (await loadDocument()).paths[path]?.[method.toLowerCase()];
      if (operation === undefined) throw new Error("the OpenAPI document does not contain the operation");
      notice.replaceWith(formOf(method, path, operation));
    } catch (error) {
      notice.remove();
      details.open = false;
      details
        .querySelector("h4")
        ?.replaceChildren(`Try it: the form could not be loaded (${messageOf(error)}). Open it again to retry.`);
    }
  });
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Operation} operation
 */
function formOf(method, path, operation) {
  const id = `try-${operation.operationId}`;
  const form = element("form", { class: "try-form", novalidate: "" });
  const parameters = operation.parameters ?? [];
  const keys = parameters.filter(isKey).map((parameter) => keyField(id, parameter));
  const others = parameters.filter((parameter) => !isKey(parameter)).map((parameter) => parameterField(id, parameter));
  const fields = [...others, ...keys];
  const hint = fields.some(({ isSent }) => !isSent())
    ? [element("p", { class: "hint" }, "Only ticked parameters are sent. Changing a parameter ticks it.")]
    : [];
  if (fields.length > 0) {
    form.append(
      element(
        "fieldset",
        {},
        element("legend", {}, "Parameters"),
        ...hint,
        ...fields.map(({ row }) => row),
        ...keys.map(({ choice }) => choice),
      ),
    );
  }
  const content = contentField(id, operation);
  if (content !== undefined) form.append(content.fieldset);
  const accept = acceptField(id, operation);
  const access = tokenField(id);
  form.append(element("div", { class: "pair" }, ...(accept === undefined ? [] : [accept.row]), access));

  const draft = () =>
    requestOf({
      method,
      path,
      parameters: fields.filter(({ isSent }) => isSent()).map(({ read }) => read()),
      accept: accept?.select.value,
      content: content?.read(),
    });
  const curl = curlFigure(() => curlCommand(location.origin, draft(), token !== ""));
  const shown = resultOf(() => token);
  form.append(
    curl.figure,
    element("p", { class: "send" }, element("button", { type: "submit", class: "button primary" }, "Send request")),
    shown.result,
  );
  form.addEventListener("input", curl.update);
  form.addEventListener("change", curl.update);
  form.addEventListener("focusin", curl.update);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    for (const { renew } of keys) renew();
    curl.update();
    shown.send(draft());
  });
  curl.update();
  return form;
}

/** @param {string} id */
function tokenField(id) {
  const input = element("input", {
    id: `${id}-token`,
    type: "password",
    class: "token",
    autocomplete: "off",
    "aria-describedby": `${id}-token-note`,
  });
  input.value = token;
  input.addEventListener("input", () => {
    token = input.value.trim();
    for (const other of document.querySelectorAll("input.token")) {
      if (other !== input && other instanceof HTMLInputElement) other.value = input.value;
    }
  });
  return element(
    "div",
    { class: "labelled" },
    element("label", { for: input.id }, "Access token (optional)"),
    input,
    element(
      "p",
      { class: "hint", id: `${id}-token-note` },
      "Used by all forms. It stays in the memory of this page only.",
    ),
  );
}

/** @param {() => string} command */
function curlFigure(command) {
  const code = element("code");
  return {
    figure: element(
      "figure",
      { class: "curl" },
      element(
        "figcaption",
        {},
        "The same request with curl ",
        ...copyButton(() => code.textContent ?? "", "the command"),
      ),
      element("pre", { class: "block shell" }, code),
    ),
    update: () => {
      code.textContent = command();
    },
  };
}
