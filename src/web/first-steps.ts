/** `/`: what the service is, and command lines that work as they stand against the origin they are read from. */
import { html } from "hono/html";
import { shellQuote } from "./browser/request.js";
import { renderPage } from "./layout.ts";
import { type Markup, prose, shellBlock } from "./markup.ts";
import { loadOpenApi, type OpenApi, operationsOf } from "./openapi.ts";
import { TOKEN_NOTE } from "./token-note.ts";

interface Step {
  readonly title: string;
  readonly text: string;
  readonly command: string;
  readonly status: number;
}

export async function renderFirstSteps(origin: string, version: string): Promise<string> {
  const document = await loadOpenApi();
  return renderPage({
    title: "Sluice",
    description: "A store API behind one declared pipeline: first steps with curl, documentation and problem types.",
    section: "/",
    version,
    main: html`
<div class="frame">
<section class="hero">
<h1>Every request,<br>one pipeline.</h1>
<p class="lead">Sluice is a store API. Whatever you ask of it passes the same stages in the same order: limits,
identity, negotiation, idempotency, preconditions, validation. Reads can be revalidated, changes name the state they start
from, orders happen once, and each failure links to a page that says how to mend it.</p>
<p class="actions"><a class="button primary" href="/docs">Read the documentation</a>
<a class="button" href="/openapi.json">Get the OpenAPI document</a></p>
<p class="base"><span>Base URL</span> <code>${origin}</code></p>
</section>

<section aria-labelledby="steps">
<h2 id="steps">First steps</h2>
<p class="measure">No account is needed to read. Each line works as it stands; paste it into a shell.</p>
<ol class="steps">${stepsOf(origin, exampleProduct(document)).map(stepItem)}</ol>
<p class="note measure">The product's id is from the demo catalogue of the local server. Where the catalogue is another, take
an id from the first step's answer.</p>
<p class="note measure">${prose(TOKEN_NOTE)} Whoever has no account yet can <a href="/sign-up">sign up</a>.</p>
</section>

<section aria-labelledby="further">
<h2 id="further">Where to go from here</h2>
<ul class="cards">
${card("/docs", "Documentation", `${operationsOf(document).length} operations with their parameters, answers and examples, each ready to be tried from the page.`)}
${card("/problems", "Problem types", "What can go wrong, why, and what to do about it. A problem's `type` is the address of its page.")}
${card("/openapi.json", "OpenAPI 3.1", "The contract for programs, of all versions. Version 1 alone is at `/v1/openapi.json`.")}
${card("/health", "Health", "The state of each dependency. `/livez` and `/readyz` answer load balancers.")}
</ul>
</section>
</div>`,
  });
}

function exampleProduct(document: OpenApi): string {
  const parameters = document.paths["/v1/products/{id}"]?.["get"]?.parameters ?? [];
  return String(parameters.find(({ name }) => name === "id")?.schema.example);
}

function stepsOf(origin: string, product: string): Step[] {
  const list = `${origin}/v1/products`;
  const one = shellQuote(`${list}/${product}`);
  return [
    {
      title: "List the catalogue",
      text: "A page of three. Send `page.next` as `cursor`, or follow the `Link` header, to go on.",
      command: `curl ${shellQuote(`${list}?limit=3`)}`,
      status: 200,
    },
    {
      title: "Filter, sort, and pick members",
      text: "Keyboards up to 200 dollars, the cheapest first, in three members. `-g` lets curl take brackets as they are.",
      command: `curl -g ${shellQuote(`${list}?filter[category]=keyboards&filter[price][lte]=20000&sort=price&fields=id,name,price`)}`,
      status: 200,
    },
    {
      title: "Search and count",
      text: "Every word must occur, and may be the start of a longer one. Facets count what each brand would leave.",
      command: `curl ${shellQuote(`${list}?q=mechanical%20key&facets=brand&limit=2`)}`,
      status: 200,
    },
    {
      title: "Read one product, and keep its tag",
      text: "The `ETag` names exactly this representation of this state.",
      command: `curl -i --etag-save product.etag ${one}`,
      status: 200,
    },
    {
      title: "Ask whether it has changed",
      text: "It has not, so the answer is empty and your copy stands.",
      command: `curl -i --etag-compare product.etag ${one}`,
      status: 304,
    },
    {
      title: "Take another format",
      text: "The same product as HAL, with its links. JSON:API is `application/vnd.api+json`.",
      command: `curl -H 'Accept: application/hal+json' ${one}`,
      status: 200,
    },
    {
      title: "Make a mistake",
      text: "The problem document names the parameter, and its `type` leads to the cause and the fix.",
      command: `curl -i ${shellQuote(`${list}?limit=0`)}`,
      status: 400,
    },
    {
      title: "Try to change something",
      text: "Whatever changes the catalogue needs an access token. Without one the answer says so, whatever the body.",
      command: `curl -i -H 'Content-Type: application/json' -d '{}' ${shellQuote(list)}`,
      status: 401,
    },
  ];
}

function stepItem({ title, text, command, status }: Step): Markup {
  return html`<li>
<div class="step-text"><h3>${title}</h3><p>${prose(text)}</p></div>
<div class="step-command">${shellBlock(command)}<p class="outcome">answers <strong data-status="${status}">${status}</strong></p></div>
</li>`;
}

function card(href: string, title: string, text: string): Markup {
  return html`<li><a href="${href}"><strong>${title}</strong></a><p>${prose(text)}</p></li>`;
}
