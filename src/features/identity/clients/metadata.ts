/**
 * Strictly parses the metadata of a client that registers itself (RFC 7591 section 2). A registered client is one that
 * an admin could register at `/v1/oauth-clients`, without the right to act for itself. Refuses bodies that are not
 * strict JSON objects, members of the wrong type or size, and members that only the service sets. As the RFC demands,
 * unknown members are ignored, within size limits. Pure.
 */
import type { Scopes } from "#core/contract/scopes.ts";
import { isJsonObject, JsonError, type JsonObject, type JsonValue, parseJson } from "#core/http/json.ts";
import { registrableScopes } from "../server/scopes.ts";
import { MAX_REDIRECT_URI_CHARACTERS as MAX_TEXT, redirectUriFault, webUriFault } from "./redirect-uris.ts";
import { clientFaults, clientNameFault, GRANT_TYPES, type GrantType, MAX_REDIRECT_URIS } from "./rules.ts";

/** The error codes of RFC 7591 section 3.2.2. */
export type RegistrationError = "invalid_redirect_uri" | "invalid_client_metadata";

export class InvalidMetadata extends Error {
  readonly error: RegistrationError;

  constructor(error: RegistrationError, description: string) {
    super(description);
    this.error = error;
  }
}

export interface ClientMetadata {
  /** Undefined if the client sent none. */
  readonly name: string | undefined;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris: readonly string[];
  readonly grantTypes: readonly GrantType[];
  readonly responseTypes: readonly string[];
  readonly authMethod: string;
  readonly scopes: readonly string[];
  readonly requiresDpop: boolean;
}

const MAX_BYTES = 65_536;
/** All levels count together. */
const JSON_LIMITS = { maxDepth: 6, maxMembers: 2000 };
const MAX_CONTACTS = 10;
const MAX_KEYS = 10;

const REGISTRABLE_GRANTS = GRANT_TYPES.filter((grant) => grant !== "client_credentials");
const AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"];
/** Members that the service sets, or stores under the same name. */
const RESERVED = [
  "account_id",
  "allowed_scopes",
  "client_id",
  "client_id_issued_at",
  "client_secret",
  "client_secret_expires_at",
  "previous_secret_expires_at",
  "previous_secret_hash",
  "registration_access_token",
  "registration_client_uri",
  "secret_hash",
];
/** For features that the service does not support, only the value that declines the feature is accepted. */
const FIXED: Readonly<Record<string, readonly JsonValue[]>> = {
  application_type: ["web", "native"],
  id_token_signed_response_alg: ["ES256"],
  subject_type: ["public"],
  require_signed_request_object: [false],
  tls_client_certificate_bound_access_tokens: [false],
  require_pushed_authorization_requests: [false],
};
/**
 * URIs of the client's own pages and documents. The service neither shows nor fetches them, so it does not store them.
 */
const WEB_URIS = ["client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri", "initiate_login_uri"];

/** @throws InvalidMetadata */
export function readMetadata(content: Uint8Array, scopes: Scopes): ClientMetadata {
  const body = objectIn(content);
  const reserved = RESERVED.find((name) => Object.hasOwn(body, name));
  if (reserved !== undefined) throw invalid(`${reserved} cannot be registered`);
  checkIgnored(body);
  const grantTypes = grantTypesIn(body);
  const redirectUris = urisIn(body, "redirect_uris");
  const postLogoutRedirectUris = urisIn(body, "post_logout_redirect_uris");
  const authMethod = oneOf(body, "token_endpoint_auth_method", AUTH_METHODS) ?? "client_secret_basic";
  const together = { grant_types: grantTypes, redirect_uris: redirectUris };
  const [fault] = clientFaults({ ...together, post_logout_redirect_uris: postLogoutRedirectUris });
  if (fault !== undefined) throw new InvalidMetadata(errorFor(fault.member), `${fault.member} ${fault.rule}`);
  return {
    name: nameIn(body),
    redirectUris,
    postLogoutRedirectUris,
    grantTypes,
    responseTypes: responseTypesIn(body, grantTypes),
    authMethod,
    scopes: scopesIn(body, scopes),
    requiresDpop: flagIn(body, "dpop_bound_access_tokens"),
  };
}

function objectIn(content: Uint8Array): JsonObject {
  if (content.byteLength > MAX_BYTES) throw invalid(`the metadata must have at most ${MAX_BYTES} bytes`);
  try {
    const value = parseJson(content, JSON_LIMITS);
    if (isJsonObject(value)) return value;
  } catch (error) {
    if (error instanceof JsonError) throw invalid(`the metadata cannot be parsed: ${error.message}`);
    throw error;
  }
  throw invalid("the metadata must be a JSON object");
}

function nameIn(body: JsonObject): string | undefined {
  const name = textIn(body, "client_name");
  const fault = name === undefined ? undefined : clientNameFault(name);
  if (fault !== undefined) throw invalid(`client_name ${fault}`);
  return name;
}

/** The list without duplicates. */
function urisIn(body: JsonObject, member: "redirect_uris" | "post_logout_redirect_uris"): string[] {
  const uris = [...new Set(textsIn(body, member) ?? [])];
  for (const uri of uris) {
    const fault = redirectUriFault(uri);
    if (fault !== undefined) throw new InvalidMetadata("invalid_redirect_uri", `each of ${member} ${fault}`);
  }
  return uris;
}

function grantTypesIn(body: JsonObject): GrantType[] {
  const given = textsIn(body, "grant_types") ?? ["authorization_code"];
  const isBounded = given.length > 0 && given.length <= GRANT_TYPES.length;
  const isKnown = isBounded && given.every((grant) => REGISTRABLE_GRANTS.some((known) => known === grant));
  if (!isKnown) throw invalid("grant_types must contain only grants that can be registered");
  return REGISTRABLE_GRANTS.filter((grant) => given.includes(grant));
}

/** RFC 7591 section 2.1: the two lists have to be consistent. */
function responseTypesIn(body: JsonObject, grants: readonly GrantType[]): string[] {
  const fitting = grants.includes("authorization_code") ? ["code"] : [];
  const given = textsIn(body, "response_types");
  if (given !== undefined && JSON.stringify([...new Set(given)]) !== JSON.stringify(fitting)) {
    throw invalid("response_types must be [code] with authorization_code and empty without it");
  }
  return fitting;
}

function scopesIn(body: JsonObject, scopes: Scopes): string[] {
  const registered = registrableScopes(scopes, textIn(body, "scope"));
  if (registered.length === 0) throw invalid("scope must contain at least one scope that can be registered");
  return registered;
}

/** Ignored members must still have the types that the standards define. */
function checkIgnored(body: JsonObject): void {
  for (const name of WEB_URIS) {
    const uri = textIn(body, name);
    const fault = uri === undefined ? undefined : webUriFault(uri);
    if (fault !== undefined) throw invalid(`${name} ${fault}`);
  }
  for (const [name, values] of Object.entries(FIXED)) {
    if (Object.hasOwn(body, name) && !values.includes(body[name] ?? null)) throw invalid(`${name} is not supported`);
  }
  const contacts = textsIn(body, "contacts") ?? [];
  if (contacts.length > MAX_CONTACTS) throw invalid(`contacts must have at most ${MAX_CONTACTS} items`);
  for (const contact of contacts) {
    if (clientNameFault(contact) !== undefined) throw invalid("contacts must be short lines of text");
  }
  checkKeys(body);
}

function checkKeys(body: JsonObject): void {
  if (!Object.hasOwn(body, "jwks")) return;
  if (Object.hasOwn(body, "jwks_uri")) throw invalid("jwks and jwks_uri must not be used together");
  const set = body["jwks"];
  const keys = isJsonObject(set) ? set["keys"] : undefined;
  if (!Array.isArray(keys) || keys.length > MAX_KEYS)
    throw invalid(`jwks must be a JWK Set of at most ${MAX_KEYS} keys`);
  for (const key of keys) {
    if (!isJsonObject(key) || typeof key["kty"] !== "string") throw invalid("jwks must contain only JSON Web Keys");
    if (key["kty"] === "oct" || Object.hasOwn(key, "d")) throw invalid("jwks must contain only public keys");
  }
}

function textIn(body: JsonObject, member: string): string | undefined {
  const value = body[member];
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw invalid(`${member} must be a string`);
  if (value.length > MAX_TEXT) throw invalid(`${member} must have at most ${MAX_TEXT} characters`);
  return value;
}

function textsIn(body: JsonObject, member: string): string[] | undefined {
  const value = body[member];
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length > MAX_LIST) {
    throw new InvalidMetadata(errorFor(member), `${member} must be a list of at most ${MAX_LIST} items`);
  }
  return value.map((item) => {
    if (typeof item === "string" && item.length <= MAX_TEXT) return item;
    throw new InvalidMetadata(
      errorFor(member),
      `${member} must contain only strings of at most ${MAX_TEXT} characters`,
    );
  });
}

/** The longest list that any member allows; a member's own limit may be lower. */
const MAX_LIST = Math.max(MAX_REDIRECT_URIS, MAX_CONTACTS);

function oneOf(body: JsonObject, member: string, values: readonly string[]): string | undefined {
  const value = textIn(body, member);
  if (value !== undefined && !values.includes(value)) throw invalid(`${member} is not supported`);
  return value;
}

function flagIn(body: JsonObject, member: string): boolean {
  const value = body[member] ?? false;
  if (typeof value !== "boolean") throw invalid(`${member} must be true or false`);
  return value;
}

function errorFor(member: string): RegistrationError {
  return member === "redirect_uris" || member === "post_logout_redirect_uris"
    ? "invalid_redirect_uri"
    : "invalid_client_metadata";
}

function invalid(description: string): InvalidMetadata {
  return new InvalidMetadata("invalid_client_metadata", description);
}
