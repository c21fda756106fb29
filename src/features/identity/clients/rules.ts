/**
 * What an OAuth client may be, whoever registers it: an admin at `/v1/oauth-clients`, or the client itself. Pure.
 * Guarantees that nothing is registered that the authorization server would refuse later, or that would be a wider door
 * than the client needs.
 */

import { SCOPES } from "#core/contract/principal.ts";
import { visibleTextFault } from "#core/http/visible-text.ts";
import { PROTOCOL_SCOPES } from "../server/scopes.ts";

export const CLIENT_TYPES = ["public", "confidential"] as const;
export type ClientType = (typeof CLIENT_TYPES)[number];

/** All that a client may be allowed to ask for: also what is about no resource of the API. */
export const CLIENT_SCOPES = [...PROTOCOL_SCOPES, ...SCOPES] as const;

/** As RFC 7591 and RFC 8628 name them. */
export const GRANT_TYPES = [
  "authorization_code",
  "refresh_token",
  "client_credentials",
  "urn:ietf:params:oauth:grant-type:device_code",
] as const;
export type GrantType = (typeof GRANT_TYPES)[number];

/** Apps of a person's machine have no certificate for it; the authorization server's library refuses the two together. */
const OWN_MACHINE = /^https:\/\/(localhost|127\.0\.0\.1|\[::1\])([:/?]|$)/i;

/** The grants by which a person, not the client, is the owner of what it gets at. */
export const OF_PEOPLE: readonly GrantType[] = ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"];

export const MAX_REDIRECT_URIS = 10;
/** In code points. */
export const MAX_CLIENT_NAME = 100;

/** What is wrong with the name that people are shown, as a predicate. The one rule for both kinds of registration. */
export function clientNameFault(name: string): string | undefined {
  const fault = visibleTextFault(name, "line");
  if (fault !== undefined) return fault;
  return Array.from(name).length > MAX_CLIENT_NAME ? `must have 1 to ${MAX_CLIENT_NAME} characters` : undefined;
}

export interface ClientFault {
  readonly member: "redirect_uris" | "post_logout_redirect_uris" | "grant_types" | "account_role";
  /** A predicate of the member. */
  readonly rule: string;
}

/** What is wrong with the members together. What is not known, such as the type in a change, is not asked about. */
export function clientFaults(client: {
  readonly type?: ClientType;
  readonly grant_types: readonly GrantType[];
  readonly redirect_uris: readonly string[];
  readonly post_logout_redirect_uris: readonly string[];
  readonly account_role?: string | undefined;
}): ClientFault[] {
  const has = (grant: GrantType) => client.grant_types.includes(grant);
  const isForPeople = OF_PEOPLE.some(has);
  const faults: (ClientFault | false)[] = [
    has("refresh_token") &&
      !isForPeople &&
      fault("grant_types", "must have refresh_token only beside authorization_code or the device grant"),
    has("client_credentials") &&
      client.type === "public" &&
      fault("grant_types", "must not have client_credentials in a public client, which has no credentials"),
    has("authorization_code") &&
      client.redirect_uris.length === 0 &&
      fault("redirect_uris", "must have at least one for authorization_code"),
    !has("authorization_code") &&
      client.redirect_uris.length > 0 &&
      fault("redirect_uris", "must be empty without authorization_code"),
    !client.redirect_uris.every((uri) => uri.startsWith("https://")) &&
      client.redirect_uris.some((uri) => OWN_MACHINE.test(uri)) &&
      fault("redirect_uris", "must not have https:// of the person's own machine beside other schemes"),
    !isForPeople &&
      client.post_logout_redirect_uris.length > 0 &&
      fault("post_logout_redirect_uris", "must be empty without a grant that people permit"),
    client.account_role !== undefined &&
      !has("client_credentials") &&
      fault("account_role", "must only be given with client_credentials"),
  ];
  return faults.filter((found) => found !== false);
}

function fault(member: ClientFault["member"], rule: string): ClientFault {
  return { member, rule };
}
