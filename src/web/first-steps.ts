/** The page `/`: what the service is, and curl commands from a first read to a placed order. */
import { html } from "hono/html";
import { PIPELINE_IN_WORDS } from "#core/contract/pipeline-order.ts";
import type { Settings } from "#core/contract/settings.ts";
import { shellQuote } from "./browser/request.js";
import { renderPage } from "./layout.ts";
import { type Markup, prose, shellBlock } from "./markup.ts";
import { loadOpenApi, type OpenApi, operationsOf } from "./openapi.ts";

interface Step {
  readonly title: string;
  readonly text: string;
  readonly command: string;
  readonly status: number;
  /** The operation that it needs. A deployment that does not serve it does not show the step. */
  readonly path: string;
}

export async function renderFirstSteps(origin: string, { version, demoClient }: Settings): Promise<string> {
  const document = await loadOpenApi();
  return renderPage({
    title: "Sluice",
    description: "A store API with one request pipeline: first steps with curl, documentation and problem types.",
    section: "/",
    version,
    script: "/assets/scripts/steps.js",
    main: html`
<div class="frame">
<section class="hero">
<h1>Every request,<br>one pipeline.</h1>
<p class="lead">Sluice is a store API. Every request passes the same stages in the same order: ${PIPELINE_IN_WORDS}. Clients
can revalidate what they read. An update is refused if the resource has changed since. A retried order is placed only
once. Each failure links to a page that explains how to fix it.</p>
<p class="actions"><a class="button primary" href="/docs">Read the documentation</a>
<a class="button" href="/openapi.json">Get the OpenAPI document</a></p>
<p class="base"><span>Base URL</span> <code>${origin}</code></p>
</section>

<section aria-labelledby="steps">
<h2 id="steps">First steps</h2>
<p class="measure">Paste each command into a shell, in the same folder. Reading needs no account. The last steps get an access
token and place an order.</p>
<ol class="steps">${stepsOf(origin, exampleProduct(document), clientOf(demoClient))
      .filter(({ path }) => path in document.paths)
      .map(stepItem)}</ol>
<p class="note measure">${
      demoClient !== undefined
        ? prose("The product and the client `demo-service` belong to the demo data of the local server.")
        : prose(
            "Replace the product's id with one from the response of the first step. An admin registers your OAuth client and gives you its id and secret. Set them as `CLIENT_ID` and `CLIENT_SECRET`.",
          )
    } To act for a person instead, <a href="/sign-up">sign up</a> and read <a href="/docs#authentication">Authentication</a>.</p>
</section>

<section aria-labelledby="further">
<h2 id="further">Where to go from here</h2>
<ul class="cards">
${card("/docs", "Documentation", `${operationsOf(document).length} operations with their parameters, responses and examples. You can try each one on the page.`)}
${card("/problems", "Problem types", "What can go wrong, why, and how to fix it. The `type` of a problem is the URL of its page.")}
${card("/openapi.json", "OpenAPI 3.1", "The contract for programs, with all versions. Version 1 alone is at `/v1/openapi.json`.")}
${card("/health", "Health", "The state of each dependency. Load balancers use `/livez` and `/readyz`.")}
</ul>
</section>
</div>`,
  });
}

function exampleProduct(document: OpenApi): string {
  const parameters = document.paths["/v1/products/{id}"]?.["get"]?.parameters ?? [];
  return String(parameters.find(({ name }) => name === "id")?.schema.example);
}

/**
 * The credentials of a service client in the form that curl expects: the demo client's, or those that the reader has
 * set.
 */
function clientOf(demoClient: Settings["demoClient"]): string {
  return demoClient === undefined ? '"$CLIENT_ID:$CLIENT_SECRET"' : shellQuote(demoClient);
}

/** A shell substitution that reads a member of a JSON file. It uses only `sed`, which every machine has. */
function memberOf(file: string, member: string): string {
  return `$(sed 's/.*"${member}":"//; s/".*//' ${file})`;
}

const ADDRESS =
  '{"name":"Ada Moreno","line1":"2124 Coldspring Mill Ln","city":"Albuquerque","postal_code":"87182","country":"US"}';

function stepsOf(origin: string, product: string, client: string): Step[] {
  const list = `${origin}/v1/products`;
  const token = `-H "Authorization: Bearer ${memberOf("token.json", "access_token")}"`;
  const json = "-H 'Content-Type: application/json'";
  const one = shellQuote(`${list}/${product}`);
  return [
    {
      title: "List the catalogue",
      text: "A page of three. For the next page, send `page.next` as `cursor`, or follow the `Link` header.",
      command: `curl ${shellQuote(`${list}?limit=3`)}`,
      status: 200,
      path: "/v1/products",
    },
    {
      title: "Filter, sort and select fields",
      text: "Keyboards up to 200 dollars, cheapest first, with three fields each. `-g` keeps curl from interpreting the brackets.",
      command: `curl -g ${shellQuote(`${list}?filter[category]=keyboards&filter[price][lte]=20000&sort=price&fields=id,name,price`)}`,
      status: 200,
      path: "/v1/products",
    },
    {
      title: "Search and count",
      text: "Every word must match, in full or as the start of a longer word. The facet counts the matches of each brand.",
      command: `curl ${shellQuote(`${list}?q=mechanical%20key&facets=brand&limit=2`)}`,
      status: 200,
      path: "/v1/products",
    },
    {
      title: "Read one product and keep its ETag",
      text: "The `ETag` identifies this version of the product in this format.",
      command: `curl -i --etag-save product.etag ${one}`,
      status: 200,
      path: "/v1/products/{id}",
    },
    {
      title: "Check whether it has changed",
      text: "It has not changed, so the response has no body and your copy is still current.",
      command: `curl -i --etag-compare product.etag ${one}`,
      status: 304,
      path: "/v1/products/{id}",
    },
    {
      title: "Request another format",
      text: "The same product in HAL, with links. For JSON:API, send `application/vnd.api+json`.",
      command: `curl -H 'Accept: application/hal+json' ${one}`,
      status: 200,
      path: "/v1/products/{id}",
    },
    {
      title: "Make a mistake",
      text: "The problem document names the parameter. Its `type` is the URL of a page with the cause and the fix.",
      command: `curl -i ${shellQuote(`${list}?limit=0`)}`,
      status: 400,
      path: "/v1/products",
    },
    {
      title: "Get an access token",
      text: "A service client exchanges its id and secret for a token that is valid for ten minutes.",
      command: `curl -o token.json -u ${client} -d grant_type=client_credentials ${shellQuote(`${origin}/oauth/token`)}`,
      status: 200,
      path: "/oauth/token",
    },
    {
      title: "Add an address",
      text: "Send the token in the `Authorization` header. The order in the next step ships to this address.",
      command: `curl -o address.json ${token} ${json} -d ${shellQuote(ADDRESS)} ${shellQuote(`${origin}/v1/addresses`)}`,
      status: 201,
      path: "/v1/addresses",
    },
    {
      title: "Place an order",
      text: "Send it twice. The `Idempotency-Key` prevents a second order, and the second response has `Idempotent-Replayed: true`.",
      command: `ADDRESS_ID="${memberOf("address.json", "id")}"
curl -i ${token} -H "Idempotency-Key: order-$ADDRESS_ID" ${json} -d '{"items":[{"product_id":"${product}","quantity":1}],"address_id":"'$ADDRESS_ID'"}' ${shellQuote(`${origin}/v1/orders`)}`,
      status: 201,
      path: "/v1/orders",
    },
  ];
}

function stepItem({ title, text, command, status }: Step): Markup {
  return html`<li>
<div class="step-text"><h3>${title}</h3><p>${prose(text)}</p></div>
<div class="step-command">${shellBlock(command)}<p class="outcome">Returns <strong data-status="${status}">${status}</strong></p></div>
</li>`;
}

function card(href: string, title: string, text: string): Markup {
  return html`<li><a href="${href}"><strong>${title}</strong></a><p>${prose(text)}</p></li>`;
}
