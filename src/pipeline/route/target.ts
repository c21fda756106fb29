/**
 * Reads the target of a request: path and query parameters. A malformed id is a missing resource. An unknown, repeated
 * or invalid parameter is refused, except on pages for people, which ignore unknown parameters. A query that selects a
 * representation is bounded, so that the links and headers made from it are bounded too.
 */
import { z } from "@hono/zod-openapi";
import type { Endpoint } from "#core/contract/endpoint.ts";
import type { Principal } from "#core/contract/principal.ts";
import { type Stage, stage } from "#core/contract/stage.ts";
import { problem, type RequestFault } from "#core/http/problem.ts";
import { type SentQuery, sentAsNamed } from "#core/http/sent-query.ts";
import { canonicalQuery } from "#features/caching/canonical-query.ts";
import { asSent, MAX_FAULTS, parameterFaults, plainly } from "../idempotency/faults.ts";
import { invalid } from "../validate/invalid.ts";

const NO_PARAMETERS = z.object({});
/** The maximum query that selects a representation, without the cursor or page. */
const MAX_QUERY_BYTES = 2000;
/** The schemas of these parameters bound them. The second half are JSON:API's names. */
const POSITION = ["cursor", "page", "snapshot", "page[cursor]", "page[number]", "page[snapshot]"];

/** @throws not-found, uri-too-long, invalid-parameter */
export function readTarget({ contract }: Endpoint): Stage {
  const pathSchema = contract.params ?? NO_PARAMETERS;
  const readQuery = queryReader(contract);
  const { success } = contract;
  const resource = success.kind === "resource" || success.kind === "list" ? success.resource : undefined;
  return stage(
    "readTarget",
    { requires: ["principal", "format"], provides: ["sent", "params", "query", "url"] },
    async (request, next) => {
      const { http, sentUrl, principal, format } = request;
      const params = pathSchema.safeParse(http.req.param());
      if (!params.success) throw problem("not-found");
      const { searchParams } = sentUrl;
      if (resource !== undefined) boundSelection(searchParams, contract);
      const sent =
        (resource === undefined ? undefined : format.readQuery?.(searchParams, resource)) ?? sentAsNamed(searchParams);
      request.sent = sent;
      request.params = params.data;
      request.query = readQuery(sent);
      request.url = targetUrl(contract, sentUrl, params.data, principal);
      await next();
    },
  );
}

/** The URL with the path in its canonical spelling, or with that of the resource that an alias stands for. */
export function targetUrl(
  contract: Endpoint["contract"],
  sentUrl: URL,
  params: Readonly<Record<string, unknown>>,
  principal: Principal,
): URL {
  const path = contract.aliasOf?.(principal) ?? pathOf(contract.path, params);
  if (sentUrl.pathname === path) return sentUrl;
  const canonical = new URL(sentUrl);
  canonical.pathname = path;
  return canonical;
}

/**
 * The canonical spelling of the path, from the template and the parsed values. Clients may percent-encode it
 * differently.
 */
function pathOf(template: string, params: Readonly<Record<string, unknown>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])));
}

/**
 * Bounds the query without the cursor or page, so that all pages of a list have the same limit. @throws uri-too-long
 */
function boundSelection(parameters: URLSearchParams, contract: Endpoint["contract"]): void {
  const selection = new URLSearchParams(parameters);
  for (const name of POSITION) selection.delete(name);
  // Measured as links spell it, so that a link is never longer than an accepted request.
  if (canonicalQuery(selection, contract).length <= MAX_QUERY_BYTES) return;
  throw problem("uri-too-long", {
    detail: `The query may have at most ${MAX_QUERY_BYTES} bytes in percent-encoded form, not counting the cursor or page.`,
  });
}

function queryReader({ query, success }: Endpoint["contract"]): (sent: SentQuery) => Record<string, unknown> {
  const isPage = success.kind === "redirect" || (success.kind === "document" && success.mediaType === "text/html");
  if (query === undefined && isPage) return () => ({});
  const { shape } = query ?? NO_PARAMETERS;
  const schema = z.strictObject(shape);
  const allowed = Object.keys(shape);
  return function readQuery(sent) {
    const { parameters } = sent;
    const faults = [
      ...repeatedParameters(parameters),
      ...parametersWithNul(parameters),
      ...fieldsetFaults(sent, shape),
    ];
    const parsed = schema.safeParse(Object.fromEntries(parameters), plainly);
    if (!parsed.success) faults.push(...parameterFaults(parsed.error, allowed));
    if (parsed.success && faults.length === 0) return parsed.data;
    throw invalid(
      "invalid-parameter",
      faults.slice(0, MAX_FAULTS).map((fault) => asSent(fault, sent)),
    );
  };
}

/**
 * A fieldset has the format of `fields`, but may be empty. Sending both is a fault, because they could contradict each
 * other.
 */
function fieldsetFaults({ fieldsets, parameters }: SentQuery, { fields }: z.ZodRawShape): RequestFault[] {
  return Array.from(fieldsets).flatMap(([type, text]): RequestFault[] => {
    const parameter = `fields[${type}]`;
    if (fields === undefined) return [{ parameter, code: "unknown", detail: `Unknown parameter \`${parameter}\`.` }];
    if (parameters.has("fields")) {
      return [{ parameter, code: "repeated", detail: "Send either `fields` or `fields[TYPE]`, not both." }];
    }
    const { error } = text === "" ? {} : z.object({ [parameter]: fields }).safeParse({ [parameter]: text }, plainly);
    return error === undefined ? [] : parameterFaults(error, []);
  });
}

function repeatedParameters(sent: URLSearchParams): RequestFault[] {
  const counts = new Map<string, number>();
  for (const name of sent.keys()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Array.from(counts)
    .filter(([, count]) => count > 1)
    .map(([name]) => ({ parameter: name, code: "repeated", detail: "The parameter must not be repeated." }));
}

/** As in bodies: the service stores no text with U+0000, so it does not search for it either. */
function parametersWithNul(sent: URLSearchParams): RequestFault[] {
  return Array.from(sent)
    .filter(([, value]) => value.includes("\0"))
    .map(([name]) => ({ parameter: name, code: "nul", detail: "The parameter contains the character U+0000." }));
}
