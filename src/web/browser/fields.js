/** The fields of a form: parameters, request body and media type. Each field starts with its example. */
import { element } from "./element.js";

/** @typedef {import("../openapi.ts").Operation} Operation */
/** @typedef {import("../openapi.ts").Parameter} Parameter */

/**
 * Optional parameters also start with their example, but are sent only after the reader ticks or changes them.
 *
 * @param {string} id
 * @param {Parameter} parameter
 */
export function parameterField(id, parameter) {
  const { name, schema } = parameter;
  const fieldId = `${id}-${parameter.in}-${name}`;
  const example = String(parameter.example ?? schema.example ?? "");
  const control =
    schema.enum === undefined
      ? textControl(fieldId, example)
      : selectControl(fieldId, schema.enum.map(String), example);
  const isRequired = parameter.required === true;
  const chosen = element("input", { type: "checkbox", "aria-label": `Send ${name}` });
  chosen.checked = isRequired;
  control.addEventListener("input", () => {
    chosen.checked = isRequired || control.value !== "";
  });
  const label = element(
    "label",
    { for: fieldId },
    element("code", {}, name),
    element("span", { class: "place" }, isRequired ? `${parameter.in}, required` : parameter.in),
  );
  return {
    row: element("div", { class: "field" }, isRequired ? element("span") : chosen, label, control),
    isSent: () => chosen.checked,
    read: () => ({ in: parameter.in, name, value: control.value }),
  };
}

/**
 * @param {string} id
 * @param {string} value
 */
function textControl(id, value) {
  return element("input", { id, type: "text", value, autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
}

/**
 * @param {string} id
 * @param {string[]} values
 * @param {string} selected
 */
function selectControl(id, values, selected) {
  const select = element("select", { id }, ...values.map((value) => element("option", { value }, value)));
  if (values.includes(selected)) select.value = selected;
  return select;
}

/**
 * The editor of the request body. Each content type keeps its own text.
 *
 * @param {string} id
 * @param {Operation} operation
 */
export function contentField(id, operation) {
  const content = operation.requestBody?.content;
  if (content === undefined) return undefined;
  const texts = new Map(Object.entries(content).map(([name, { example }]) => [name, JSON.stringify(example, null, 2)]));
  const select = selectControl(`${id}-type`, [...texts.keys()], "");
  const editor = element("textarea", { id: `${id}-body`, rows: "12", spellcheck: "false", autocomplete: "off" });
  const show = () => {
    editor.value = texts.get(select.value) ?? "";
  };
  select.addEventListener("change", show);
  editor.addEventListener("input", () => texts.set(select.value, editor.value));
  show();
  const fieldset = element(
    "fieldset",
    {},
    element("legend", {}, "Request body"),
    element("div", { class: "labelled" }, element("label", { for: select.id }, "Content-Type"), select),
    element("div", { class: "labelled" }, element("label", { for: editor.id }, "Content"), editor),
  );
  return { fieldset, read: () => ({ mediaType: select.value, text: editor.value }) };
}

/**
 * @param {string} id
 * @param {Operation} operation
 */
export function acceptField(id, operation) {
  const success = Object.entries(operation.responses).find(([status]) => status.startsWith("2"))?.[1];
  const types = success !== undefined && "content" in success ? Object.keys(success.content ?? {}) : [];
  if (types.length === 0) return undefined;
  const select = selectControl(`${id}-accept`, types, "");
  return { select, row: element("div", { class: "labelled" }, element("label", { for: select.id }, "Accept"), select) };
}
