/** The pages `/problems` and `/problems/{type}`: the problem types as HTML. */
import { html } from "hono/html";
import { PROBLEM_MEDIA_TYPE, problem, problemBody, type RequestFault } from "#core/http/problem.ts";
import { type ProblemName, type ProblemType, problemCode } from "#core/http/problem-types.ts";
import { renderPage } from "./layout.ts";
import { jsonBlock, type Markup, prose } from "./markup.ts";
import { isReference, loadOpenApi, type OpenApi, operationsOf, type PlacedOperation, referredName } from "./openapi.ts";

/** Faults for the examples of the types whose problems contain `errors`. */
const EXAMPLE_FAULTS: Readonly<Record<string, readonly RequestFault[]>> = {
  "validation-error": [
    { pointer: "#", code: "required", detail: "`name` is required." },
    { pointer: "#/stock", code: "too-small", detail: "must not be negative" },
  ],
  "invalid-parameter": [{ parameter: "limit", code: "invalid", detail: "must be a whole number from 1 to 100" }],
} satisfies Partial<Record<ProblemName, readonly RequestFault[]>>;

export async function renderProblemIndex(types: readonly ProblemType[], version: string): Promise<string> {
  const byStatus = Map.groupBy(types, ({ status }) => status);
  const groups = [...byStatus].sort(([one], [other]) => one - other);
  return renderPage({
    title: "Problem types",
    description: "Every problem type of the service: status, code, cause and fix.",
    section: "/problems",
    version,
    main: html`
<div class="frame">
<h1>Problem types</h1>
<p class="lead">Every failure is a problem document (RFC 9457) of media type <code>${PROBLEM_MEDIA_TYPE}</code>. Its
<code>type</code> is the URL of one of these pages. A type is never renamed or reused.</p>
<dl class="problem-index">${groups.map(([status, members]) => statusGroup(status, members))}</dl>
</div>`,
  });
}

function statusGroup(status: number, types: readonly ProblemType[]): Markup {
  return html`<div><dt>${status}</dt>${types.map(
    ({ name, title }) => html`<dd><a href="/problems/${name}">${name}</a><span>${title}</span></dd>`,
  )}</div>`;
}

export async function renderProblem(type: ProblemType, origin: string, version: string): Promise<string> {
  const { name } = type;
  const faults = EXAMPLE_FAULTS[name];
  const example = problemBody(problem(type, faults === undefined ? {} : { errors: faults }), {
    origin,
    instance: "/v1/products",
    correlationId: "7f3b0c7a5d2e4b6f9a1c8e0d2f4b6a8c",
  });
  return renderPage({
    title: type.title,
    description: type.cause,
    section: "/problems",
    version,
    main: html`
<div class="frame">
<article class="problem">
<p class="eyebrow"><a href="/problems">Problem types</a> <span aria-hidden="true">/</span> <code>${name}</code></p>
<h1>${type.title}</h1>
<dl class="facts">
<div><dt>Status</dt><dd>${type.status}</dd></div>
<div><dt>Code</dt><dd><code>${problemCode(name)}</code></dd></div>
<div><dt>Retryable</dt><dd>${type.retryable ? "Yes: the same request can succeed later" : "No: change the request first"}</dd></div>
<div><dt>Type</dt><dd><code>${origin}/problems/${name}</code></dd></div>
</dl>
<section aria-labelledby="cause"><h2 id="cause">Cause</h2><p>${prose(type.cause)}</p></section>
<section aria-labelledby="fix"><h2 id="fix">Fix</h2><p>${prose(type.fix)}</p></section>
<section aria-labelledby="example"><h2 id="example">Example</h2>
<p>The response's media type is <code>${PROBLEM_MEDIA_TYPE}</code>. <code>correlation_id</code> names the request in the operators' log.</p>
${jsonBlock(example)}</section>
<section aria-labelledby="operations"><h2 id="operations">Where it occurs</h2>${occurrences(await loadOpenApi(), type)}</section>
</article>
</div>`,
  });
}

function occurrences(document: OpenApi, type: ProblemType): Markup {
  const places = operationsOf(document);
  const declaring = places.filter((place) => declares(document, place, type));
  if (declaring.length === 0) return html`<p>No documented operation returns it.</p>`;
  if (declaring.length === places.length)
    return html`<p>Every operation in the <a href="/docs">documentation</a> can return it.</p>`;
  return html`<ul class="operations">${declaring.map(
    ({ method, path, operation }) =>
      html`<li><a href="/docs#${operation.operationId}"><span class="method ${method.toLowerCase()}">${method}</span> <code>${path}</code></a></li>`,
  )}</ul>`;
}

function declares({ components }: OpenApi, { operation }: PlacedOperation, { name, status }: ProblemType): boolean {
  const response = operation.responses[status];
  if (response === undefined) return false;
  const resolved = isReference(response) ? components.responses[referredName(response.$ref)] : response;
  return Object.hasOwn(resolved?.content?.[PROBLEM_MEDIA_TYPE]?.examples ?? {}, name);
}
