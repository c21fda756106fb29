/**
 * Generates the tables of docs/threat-model.md: who may call each endpoint, and the defence against each kind of threat
 * (STRIDE). Both follow from contracts, policies and rules; the text around them is written by hand.
 */
import type { AbilityRules } from "#core/contract/ability.ts";
import type { Endpoint } from "#core/contract/endpoint.ts";
import type { Principal } from "#core/contract/principal.ts";
import type { ProtocolEndpoint } from "#core/contract/protocol.ts";
import type { Resource } from "#core/contract/resource.ts";
import { LIVENESS_PATH } from "#features/health/liveness.ts";
import { CALLERS, type Outcome, objectOf, outcomeOf } from "./access-matrix.ts";

const ANONYMOUS: Principal = { kind: "anonymous", address: "" };

const BEGIN = "<!-- generated -->";
const END = "<!-- /generated -->";

/** Replaces the text between the marks of `document`. @throws Error if a mark is missing */
export function withThreatTables(
  document: string,
  endpoints: readonly Endpoint[],
  protocols: readonly ProtocolEndpoint[],
  rules: readonly AbilityRules[],
): string {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error("docs/threat-model.md has no marks for the generated tables");
  const tables = [accessTable(endpoints, rules), strideTable(endpoints, protocols, rules)].join("\n\n");
  return `${before}${BEGIN}\n\n${tables}\n\n${END}${after}`;
}

function accessTable(endpoints: readonly Endpoint[], rules: readonly AbilityRules[]): string {
  const callers = CALLERS.filter(({ name }) => name !== "other customer");
  const head = ["operation", ...callers.map(({ name }) => name), "bad token"];
  const rows = endpoints.map((endpoint) => {
    const object = objectOf(endpoint, endpoints);
    const cells = callers.map(({ principal }) => {
      const foreign = outcomeOf(endpoint, object, principal, "foreign", rules);
      if (object?.owner === undefined || principal.kind === "anonymous") return outcomeText(foreign);
      const own = outcomeOf(endpoint, object, principal, "own", rules);
      return own === foreign ? outcomeText(own) : `own ${outcomeText(own)}, other's ${outcomeText(foreign)}`;
    });
    return [nameOf(endpoint), ...cells, isLiveness(endpoint) ? "yes" : "401"];
  });
  return [
    "### Who may call what",
    "",
    'A bad token is expired, forged, revoked, or for another audience or issuer. "own" is an object of the caller, "other\'s" one of another account.',
    "",
    table(head, rows),
  ].join("\n");
}

/** The liveness endpoint responds before the caller is authenticated. */
function isLiveness({ contract }: Endpoint): boolean {
  return contract.path === LIVENESS_PATH;
}

function outcomeText(outcome: Outcome): string {
  return outcome === "served" ? "yes" : String(outcome);
}

function strideTable(
  endpoints: readonly Endpoint[],
  protocols: readonly ProtocolEndpoint[],
  rules: readonly AbilityRules[],
): string {
  const head = ["operation", "spoofing", "tampering", "information disclosure", "denial of service", "elevation"];
  const rows = [
    ...endpoints.map((endpoint) => [
      nameOf(endpoint),
      spoofing(endpoint, rules),
      tampering(endpoint),
      disclosure(endpoint, objectOf(endpoint, endpoints)),
      exhaustion(endpoint),
      elevation(endpoint),
    ]),
    ...protocols.map((protocol) => [
      `\`${protocol.contract.method} ${protocol.contract.path}\``,
      protocol.contract.security.includes("client") ? "client authentication or PKCE" : "as in its standard",
      "as in its standard",
      "no-store",
      "body at most 1 MiB",
      "scopes never widen",
    ]),
  ];
  return [
    "### Defences by threat",
    "",
    "Against repudiation, each request writes one log line with its correlation id, operation, outcome and kind of principal.",
    "",
    table(head, rows),
  ].join("\n");
}

function spoofing(endpoint: Endpoint, rules: readonly AbilityRules[]): string {
  if (isLiveness(endpoint)) return "none needed";
  if (endpoint.contract.body?.kind === "form") return "cookie of the same browser, CSRF token, same origin";
  return outcomeOf(endpoint, undefined, ANONYMOUS, "foreign", rules) === "served"
    ? "none needed; bad tokens are refused"
    : "access token or API key";
}

function tampering({ policy, contract }: Endpoint): string {
  const parts = [
    policy.precondition === "required" ? "`If-Match`" : "",
    contract.body === undefined ? "" : "strict schema",
    contract.body?.kind === "patch" ? "writable members only" : "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? (contract.method === "GET" ? "reads only" : "takes no body") : parts.join(", ");
}

function disclosure({ policy }: Endpoint, object: Resource | undefined): string {
  const shared =
    policy.cache === "no-store" ? "no-store" : policy.cache.scope === "public" ? "public by intent" : "private cache";
  return object?.owner === undefined ? shared : `${shared}; other accounts' are 404`;
}

function exhaustion({ contract }: Endpoint): string {
  const parts = [
    contract.success.kind === "list" ? "page at most 100, indexed" : "",
    contract.body === undefined ? "" : "body at most 1 MiB, 32 levels",
  ].filter((part) => part !== "");
  return parts.length === 0 ? "URL at most 8,192 characters" : parts.join("; ");
}

function elevation({ policy }: Endpoint): string {
  return policy.access === "public" ? "nothing to gain" : `may \`${policy.access.action}\` ${policy.access.subject}`;
}

function nameOf({ contract }: Endpoint): string {
  return `\`${contract.method} ${contract.path}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
