/** One operation of the documentation: its callers, cost, parameters, request body and responses. */
import { html } from "hono/html";
import { jsonBlock, type Markup, paragraphs, prose } from "../markup.ts";
import {
  isOpen,
  isReference,
  type MediaType,
  type OpenApi,
  type Operation,
  type Parameter,
  type PlacedOperation,
  type ResponseObject,
  referredName,
  type Schema,
} from "../openapi.ts";
import { linkedHeading } from "./heading.ts";
import { requiredMark, typeCell, typeOf } from "./schema.ts";

export function operationSection(document: OpenApi, { method, path, operation }: PlacedOperation): Markup {
  const { operationId: id, summary, description, parameters = [], requestBody } = operation;
  const words = [method, path, id, summary, ...operation.tags].join(" ").toLowerCase();
  return html`<section class="operation" id="${id}" aria-labelledby="${id}-title" data-words="${words}" data-method="${method}" data-path="${path}">
${linkedHeading(3, id, summary)}
<p class="endpoint"><span class="method ${method.toLowerCase()}">${method}</span> <code>${breakable(path)}</code></p>
${paragraphs(description)}
<dl class="facts"><div><dt>Who may call</dt><dd>${callersOf(operation)}</dd></div>
<div><dt>Cost</dt><dd>${costOf(operation)}</dd></div>
<div><dt>Operation</dt><dd><code>${id}</code></dd></div></dl>
${parameters.length === 0 ? "" : part("Parameters", parameters.length, parameterTable(summary, parameters), parameters.length <= 6)}
${requestBody === undefined ? "" : part("Request body", undefined, contentOf(requestBody.content), true)}
${part("Responses", undefined, responsesOf(document, operation.responses), false)}
</section>`;
}

function callersOf(operation: Operation): Markup {
  if (isOpen(operation)) return html`Anyone`;
  const scopes = operation["x-scopes"] ?? [];
  const named = scopes.map((scope, index) => html`${index === 0 ? "" : " or "}<code>${scope}</code>`);
  const needed = scopes.length === 0 ? "" : html` that have the scope ${named}`;
  return html`Callers with <a href="#authentication">credentials</a>${needed}`;
}

function costOf({ "x-rate-limit-cost": cost, parameters = [] }: Operation): Markup {
  if (cost === undefined) return html`Unlimited`;
  const adding = ["include", "facets"].filter((name) => parameters.some((parameter) => parameter.name === name));
  const extra = adding.length === 0 ? "" : `, one more for each ${adding.join(" and ").replace("facets", "facet")}`;
  return html`<a href="#costs">${cost === 0 ? "No tokens" : cost === 1 ? "1 token" : `${cost} tokens`}</a>${extra}`;
}

function part(title: string, count: number | undefined, content: Markup, isShown: boolean): Markup {
  return html`<details class="part"${isShown ? html` open` : ""}><summary><h4>${title}</h4>${
    count === undefined ? "" : html` <span class="count">${count}</span>`
  }</summary><div class="part-body">${content}</div></details>`;
}

/** A path with a line-break opportunity after each slash. */
function breakable(path: string): Markup[] {
  return path.split(/(?<=\/)/).map((segment) => html`${segment}<wbr>`);
}

function parameterTable(summary: string, parameters: readonly Parameter[]): Markup {
  return html`<table class="grid" role="table"><caption class="unseen">Parameters of ${summary}</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Name</th><th role="columnheader" scope="col">In</th><th role="columnheader" scope="col">Type</th><th role="columnheader" scope="col">Description</th></tr></thead>
<tbody role="rowgroup">${parameters.map(parameterRow)}</tbody></table>`;
}

function parameterRow(parameter: Parameter): Markup {
  const example = parameter.example ?? parameter.schema.example;
  return html`<tr role="row"><th role="rowheader" scope="row"><code>${parameter.name}</code>${requiredMark(parameter.required === true)}</th>
<td role="cell" class="in">${parameter.in}</td><td role="cell">${typeCell(parameter.schema)}</td>
<td role="cell">${prose(parameter.description ?? "")}${example === undefined ? "" : html` <span class="example">Example: <code>${String(example)}</code></span>`}</td></tr>`;
}

/** Lists each media type with its schema and example. The first one is open. */
function contentOf(content: Readonly<Record<string, MediaType>>): Markup {
  return html`${Object.entries(content).map(
    ([name, { schema, example }], index) => html`<details class="media"${index === 0 ? html` open` : ""}>
<summary><code>${name}</code></summary>
${schema === undefined ? "" : schemaLine(schema)}
${typeof example === "string" ? html`<pre class="block"><code>${example}</code></pre>` : example === undefined ? "" : jsonBlock(example)}
</details>`,
  )}`;
}

function schemaLine(schema: Schema): Markup {
  return html`<p class="schema">Schema: ${typeOf(schema)}</p>`;
}

function responsesOf(document: OpenApi, responses: PlacedOperation["operation"]["responses"]): Markup {
  const successes: Markup[] = [];
  const failures: Markup[] = [];
  for (const [status, response] of Object.entries(responses)) {
    if (!isReference(response)) successes.push(success(status, response));
    else failures.push(failure(document, status, referredName(response.$ref)));
  }
  return html`${successes}${failures.length === 0 ? "" : html`<h5>Problems</h5><dl class="problems">${failures}</dl>`}`;
}

function success(status: string, response: ResponseObject): Markup {
  const headers = Object.keys(response.headers ?? {});
  return html`<div class="response"><h5><span class="status">${status}</span> ${prose(response.description)}</h5>
${response.content === undefined ? "" : contentOf(response.content)}
${headers.length === 0 ? "" : html`<p class="headers">Headers: ${headers.map((name, index) => html`${index === 0 ? "" : ", "}<a href="#header-${name}"><code>${name}</code></a>`)}</p>`}</div>`;
}

/** Links a failure to its shared description, since failures look the same for all operations. */
function failure({ components }: OpenApi, status: string, name: string): Markup {
  return html`<div><dt><a href="#response-${name}">${status}</a></dt>${problemNames(components.responses[name]).map(
    (problem) => html`<dd><a href="/problems/${problem}">${problem}</a></dd>`,
  )}</div>`;
}

function problemNames(response: ResponseObject | undefined): string[] {
  return Object.values(response?.content ?? {}).flatMap(({ examples }) => Object.keys(examples ?? {}));
}

/** Describes a failure response that operations share. */
export function sharedResponse(response: ResponseObject): Markup {
  const headers = Object.keys(response.headers ?? {});
  return html`<p>${prose(response.description)}</p>
${Object.entries(response.content ?? {}).map(
  ([
    name,
    { schema, examples = {} },
  ]) => html`<p><code>${name}</code></p>${schema === undefined ? "" : schemaLine(schema)}
${Object.entries(examples).map(([type, { value }]) => html`<p><a href="/problems/${type}">${type}</a></p>${jsonBlock(value)}`)}`,
)}
<p class="headers">Headers: ${headers.map((name, index) => html`${index === 0 ? "" : ", "}<a href="#header-${name}"><code>${name}</code></a>`)}</p>`;
}
