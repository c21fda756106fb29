/**
 * The rules for OAuth clients, registered by an admin at `/v1/oauth-clients` or by the client itself. They refuse every
 * client that the authorization server would refuse later, and every permission that the client does not need. Pure.
 */

import { visibleTextFault } from "#core/http/visible-text.ts";

export const CLIENT_TYPES = ["public", "confidential"] as const;
export type ClientType = (typeof CLIENT_TYPES)[number];

/** The names of RFC 7591 and RFC 8628. */
export const GRANT_TYPES = [
  "authorization_code",
  "refresh_token",
  "client_credentials",
  "urn:ietf:params:oauth:grant-type:device_code",
] as const;
export type GrantType = (typeof GRANT_TYPES)[number];

/**
 * Apps on a person's machine have no certificate for it. oidc-provider refuses such a URI together with other schemes.
 */
const OWN_MACHINE = /^https:\/\/(localhost|127\.0\.0\.1|\[::1\])([:/?]|$)/i;

/** The grants in which a person, not the client, is the resource owner. */
export const OF_PEOPLE: readonly GrantType[] = ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"];

export const MAX_REDIRECT_URIS = 10;
/** Counted in code points. */
export const MAX_CLIENT_NAME = 100;

/** The rule that the client's display name breaks, as a predicate. Both kinds of registration use it. */
export function clientNameFault(name: string): string | undefined {
  const fault = visibleTextFault(name, "line");
  if (fault !== undefined) return fault;
  return Array.from(name).length > MAX_CLIENT_NAME ? `must have 1 to ${MAX_CLIENT_NAME} characters` : undefined;
}

export interface ClientFault {
  readonly member: "redirect_uris" | "post_logout_redirect_uris" | "grant_types" | "account_role";
  /** A predicate about the member. */
  readonly rule: string;
}

/** The rules that the members break together. Rules about absent members, such as the type in a change, are skipped. */
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
      fault("grant_types", "must contain refresh_token only together with authorization_code or the device grant"),
    has("client_credentials") &&
      client.type === "public" &&
      fault("grant_types", "must not contain client_credentials for a public client, which has no credentials"),
    has("authorization_code") &&
      client.redirect_uris.length === 0 &&
      fault("redirect_uris", "must contain at least one URI for authorization_code"),
    !has("authorization_code") &&
      client.redirect_uris.length > 0 &&
      fault("redirect_uris", "must be empty without authorization_code"),
    !client.redirect_uris.every((uri) => uri.startsWith("https://")) &&
      client.redirect_uris.some((uri) => OWN_MACHINE.test(uri)) &&
      fault("redirect_uris", "must not mix https:// loopback URIs with other schemes"),
    !isForPeople &&
      client.post_logout_redirect_uris.length > 0 &&
      fault("post_logout_redirect_uris", "must be empty without a grant that people consent to"),
    client.account_role !== undefined &&
      !has("client_credentials") &&
      fault("account_role", "must only be set with client_credentials"),
  ];
  return faults.filter((found) => found !== false);
}

function fault(member: ClientFault["member"], rule: string): ClientFault {
  return { member, rule };
}
