/**
 * Links in mails: 256 random bits, of which only the hash is kept, good for one purpose, one time and a while. Looking
 * at a link uses nothing up, since mail programs look at links by themselves. A link leads to the configured origin,
 * never to a host that the request names.
 */
import type { Surroundings } from "#core/contract/doors.ts";
import { isLoopback } from "#core/http/loopback.ts";
import { problem } from "#core/http/problem.ts";
import { notePrincipal } from "../log-fields.ts";
import { hashOfToken, makeSecretToken } from "../sign-ins/secret-token.ts";
import { type FormerLink, findFormerLink, findLink, type Link, type MailPurpose } from "./store.ts";

const LIFETIME_MS: Readonly<Record<MailPurpose, number>> = {
  "verify-email": 24 * 60 * 60_000,
  "reset-password": 30 * 60_000,
};

const PATH: Readonly<Record<MailPurpose, string>> = { "verify-email": "/verify", "reset-password": "/reset" };

export interface NewLink {
  /** What the mail says. */
  readonly url: string;
  readonly tokenHash: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

type LinkSurroundings = Pick<Surroundings, "settings" | "origin">;

/**
 * Where links in mails lead. Without a configured origin only the local server has one: that of a request to a loopback
 * host. A request's Host header says nothing about where the service is (CWE-640).
 */
export function linkOrigin({ settings, origin }: LinkSurroundings): string | undefined {
  if (settings.publicOrigin !== undefined) return settings.publicOrigin;
  return settings.environment === "local" && isLoopback(new URL(origin).hostname) ? origin : undefined;
}

/**
 * The same for a request whose mail is useless without its link. To be asked before anything else is done, so that the
 * response does not depend on whether there is an account.
 *
 * @throws service-unavailable while no origin is configured
 */
export function requireLinkOrigin(surroundings: LinkSurroundings): string {
  const origin = linkOrigin(surroundings);
  if (origin !== undefined) return origin;
  throw problem("service-unavailable", {
    detail: "Mail with links cannot be sent: the operators of this service have not finished its configuration.",
    headers: { "Retry-After": "3600" },
    cause: new Error(
      "configuration: set SLUICE_PUBLIC_ORIGIN to the origin of the service, such as https://api.example.com; no mail with a link is sent without it",
    ),
  });
}

/**
 * A link that is not stored yet.
 *
 * @throws service-unavailable while no origin is configured
 */
export async function makeLink(purpose: MailPurpose, surroundings: Surroundings): Promise<NewLink> {
  const { token, hash } = await makeSecretToken(surroundings.randomBytes);
  return {
    url: `${requireLinkOrigin(surroundings)}${PATH[purpose]}/${token}`,
    tokenHash: hash,
    expiresAt: surroundings.now + LIFETIME_MS[purpose],
  };
}

/** What the link is about; undefined where it is none, has expired or was used. */
export async function readLink(
  token: string,
  purpose: MailPurpose,
  { database, now, log }: Surroundings,
): Promise<Link | undefined> {
  const hash = await hashOfToken(token);
  const link = hash === undefined ? undefined : await findLink(database, hash, purpose, now);
  if (link !== undefined) notePrincipal(log, { id: link.userId });
  return link;
}

/** @throws not-found where it is none, has expired or was used */
export async function requireLink(token: string, purpose: MailPurpose, surroundings: Surroundings): Promise<Link> {
  const link = await readLink(token, purpose, surroundings);
  if (link === undefined) throw problem("not-found", { detail: "This link has expired or was already used." });
  return link;
}

/** A link that was made once, dead or not, as long as it is stored. */
export async function readFormerLink(
  token: string,
  purpose: MailPurpose,
  { database }: Pick<Surroundings, "database">,
): Promise<FormerLink | undefined> {
  const hash = await hashOfToken(token);
  return hash === undefined ? undefined : findFormerLink(database, hash, purpose);
}
