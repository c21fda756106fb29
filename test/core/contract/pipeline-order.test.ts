/** All documents describe the order of the pipeline in the same words, and it is the order of the stages. */
import { expect, it } from "vitest";
import { PIPELINE_IN_WORDS, PIPELINE_ORDER } from "#core/contract/pipeline-order.ts";
import document from "#schema/openapi/openapi.json";
import architecture from "../../../docs/architecture.md?raw";
import readme from "../../../README.md?raw";
import app from "../../../src/app.ts?raw";
import { startService } from "../../support/service.ts";

/** The first stage of each step. */
const STAGES: Readonly<Record<(typeof PIPELINE_ORDER)[number], string>> = {
  limits: "shieldAddress",
  identity: "authenticate",
  negotiation: "negotiateFormat",
  idempotency: "answerOnce",
  preconditions: "holdPreconditions",
  validation: "validateContent",
  representation: "respond",
};

/** The position of each stage in a text, after the beginning of the list. */
function placesIn(text: string, beginning: string): number[] {
  const from = text.indexOf(beginning);
  expect(from).toBeGreaterThan(-1);
  return PIPELINE_ORDER.map((step) => text.slice(from).search(new RegExp(`\\b${STAGES[step]}\\b`)));
}

it.each([
  ["src/app.ts", app, "bind(endpoint, path, endpoints)"],
  ["the diagram of docs/architecture.md", architecture, "flowchart TD"],
])("%s lists the stages in this order", (_, text, beginning) => {
  const places = placesIn(text, beginning);
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((one, other) => one - other));
});

it.each([
  ["README.md", readme],
  ["docs/architecture.md", architecture],
  ["openapi.json", document.info.description],
])("%s describes the order in the same words", (_, text) => {
  expect(text.replaceAll(/\s+/g, " ")).toContain(PIPELINE_IN_WORDS);
});

it.each(["/", "/docs"])("the page %s describes the order in the same words", async (path) => {
  const page = await (await startService().fetch(path)).text();
  expect(page.replaceAll(/\s+/g, " ")).toContain(PIPELINE_IN_WORDS);
});
