/** The page `/docs`: the OpenAPI document as HTML. It is complete without its script, which adds a filter and forms. */
import { html } from "hono/html";
import type { Scopes } from "#core/contract/scopes.ts";
import { renderPage } from "../layout.ts";
import { type Markup, paragraphs, prose } from "../markup.ts";
import { loadOpenApi, type OpenApi, operationsOf, type PlacedOperation } from "../openapi.ts";
import { authenticationSection, GUIDES } from "./authentication.ts";
import { anchor, linkedHeading } from "./heading.ts";
import { operationSection, sharedResponse } from "./operation.ts";
import { schemaBody, typeCell } from "./schema.ts";

interface Group {
  readonly name: string;
  readonly description: string;
  readonly operations: readonly PlacedOperation[];
}

const REFERENCE = [
  { id: "responses", label: "Shared responses" },
  { id: "headers", label: "Headers" },
  { id: "schemas", label: "Schemas" },
] as const;

export async function renderDocs(version: string, scopes: Scopes): Promise<string> {
  const document = await loadOpenApi();
  const groups = groupsOf(document);
  return renderPage({
    title: "Documentation",
    description: "Every operation of the service: parameters, bodies, responses, examples and a form to try it.",
    section: "/docs",
    version,
    script: "/assets/scripts/docs.js",
    wide: true,
    main: html`
<div class="frame columns">
<div class="contents-column">
<details class="contents">
<summary>Contents</summary>
<nav aria-label="Contents">
<div class="filter" id="filter"></div>
<div class="contents-group"><a class="contents-tag" href="#authentication">Authentication</a><ul>${GUIDES.map(({ id, label }) => html`<li><a href="#${id}">${label}</a></li>`)}</ul></div>
${groups.map(groupContents)}
<div class="contents-group"><a class="contents-tag" href="#reference">Reference</a><ul>${REFERENCE.map(({ id, label }) => html`<li><a href="#${id}">${label}</a></li>`)}</ul></div>
</nav>
</details>
</div>
<div class="reading">
<h1>Documentation</h1>
<div class="lead">${paragraphs(document.info.description)}</div>
<p>This page shows the <a href="/openapi.json">OpenAPI document</a> of version ${document.info.version}.
Every failure has one of the <a href="/problems">problem types</a>.</p>
${authenticationSection(scopes)}
${groups.map((group) => groupSection(document, group))}
${reference(document)}
</div>
</div>`,
  });
}

/** Tags of operations that few API clients call. Readers look for the others first. */
const LAST = ["Account pages", "Health", "Documents"];

function rank(tag: string): number {
  return LAST.indexOf(tag);
}

/** Groups the operations by tag in the order of the document, with those of few API clients last. */
function groupsOf(document: OpenApi): Group[] {
  const byTag = Map.groupBy(operationsOf(document), ({ operation }) => operation.tags[0] ?? "Others");
  const described = new Map(document.tags.map(({ name, description }) => [name, description]));
  const names = [...new Set([...described.keys(), ...byTag.keys()])].sort((one, other) => rank(one) - rank(other));
  return names.map((name) => ({
    name,
    description: described.get(name) ?? "",
    operations: byTag.get(name) ?? [],
  }));
}

function idOf(group: Group): string {
  return `tag-${group.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
}

function groupContents(group: Group): Markup {
  return html`<div class="contents-group"><a class="contents-tag" href="#${idOf(group)}">${group.name}</a>
<ul>${group.operations.map(
    ({ method, operation }) =>
      html`<li data-for="${operation.operationId}"><a href="#${operation.operationId}"><span class="verb ${method.toLowerCase()}">${method}</span> ${operation.summary}</a></li>`,
  )}</ul></div>`;
}

function groupSection(document: OpenApi, group: Group): Markup {
  return html`<section class="tag" id="${idOf(group)}" aria-labelledby="${idOf(group)}-title">
${linkedHeading(2, idOf(group), group.name)}
<p>${prose(group.description)}</p>
${group.operations.map((place) => operationSection(document, place))}
</section>`;
}

function reference({ components }: OpenApi): Markup {
  return html`<section class="tag" id="reference" aria-labelledby="reference-title">
${linkedHeading(2, "reference", "Reference")}
<section id="responses" aria-labelledby="responses-title">${linkedHeading(3, "responses", "Shared responses")}
<p>Failure responses that operations share, by problem type.</p>
${Object.entries(components.responses).map(([name, response]) => entry(`response-${name}`, name.replaceAll(".", ", "), sharedResponse(response)))}</section>
<section id="headers" aria-labelledby="headers-title">${linkedHeading(3, "headers", "Headers")}
<table class="grid" role="table"><caption class="unseen">Response headers</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Header</th><th role="columnheader" scope="col">Type</th><th role="columnheader" scope="col">Description</th></tr></thead>
<tbody role="rowgroup">${Object.entries(components.headers).map(
    ([
      name,
      { schema = {}, description = "" },
    ]) => html`<tr role="row" id="header-${name}"><th role="rowheader" scope="row"><code>${name}</code></th>
<td role="cell">${typeCell(schema)}</td><td role="cell">${prose(description)}</td></tr>`,
  )}</tbody></table></section>
<section id="schemas" aria-labelledby="schemas-title">${linkedHeading(3, "schemas", "Schemas")}
${Object.entries(components.schemas).map(([name, schema]) => entry(`schema-${name}`, name, schemaBody(name, schema)))}</section>
</section>`;
}

/** The id is on the content, so that following a link to it opens the surrounding details element. */
function entry(id: string, title: string, content: Markup): Markup {
  return html`<details class="part"><summary><h4>${title}</h4></summary><div class="part-body" id="${id}"><p class="self">${anchor(id, title)}</p>${content}</div></details>`;
}
