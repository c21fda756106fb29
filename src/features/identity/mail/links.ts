/**
 * Links in mails: 256 random bits, valid for one purpose, one use and a limited time. Only the hash is stored. Opening
 * a link does not use it up, because mail programs open links by themselves. A link points to the configured origin,
 * never to a host that the request names.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
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
  /** The URL in the mail. */
  readonly url: string;
  readonly tokenHash: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

type LinkContext = Pick<RequestContext, "settings" | "origin">;

/**
 * The origin of links in mails. Without a configured origin only a local server has one: that of a request to a
 * loopback host. A request's Host header is not trusted (CWE-640).
 */
export function linkOrigin({ settings, origin }: LinkContext): string | undefined {
  if (settings.publicOrigin !== undefined) return settings.publicOrigin;
  return settings.environment === "local" && isLoopback(new URL(origin).hostname) ? origin : undefined;
}

/**
 * The same for a request whose mail is useless without its link. Call it before any other work, so the response does
 * not depend on whether the account exists.
 *
 * @throws service-unavailable while no origin is configured
 */
export function requireLinkOrigin(context: LinkContext): string {
  const origin = linkOrigin(context);
  if (origin !== undefined) return origin;
  throw problem("service-unavailable", {
    detail: "Mail with links cannot be sent: the operators of this service have not finished its configuration.",
    headers: { "Retry-After": "3600" },
    cause: new Error(
      "configuration: set SLUICE_PUBLIC_ORIGIN to the origin of the service, such as https://api.example.com; without it no mail with a link is sent",
    ),
  });
}

/**
 * Creates a link without storing it.
 *
 * @throws service-unavailable while no origin is configured
 */
export async function makeLink(purpose: MailPurpose, context: RequestContext): Promise<NewLink> {
  const { token, hash } = await makeSecretToken(context.randomBytes);
  return {
    url: `${requireLinkOrigin(context)}${PATH[purpose]}/${token}`,
    tokenHash: hash,
    expiresAt: context.now + LIFETIME_MS[purpose],
  };
}

/** The purpose and account of the link; undefined if it is unknown, expired or used. */
export async function readLink(
  token: string,
  purpose: MailPurpose,
  { database, now, log }: RequestContext,
): Promise<Link | undefined> {
  const hash = await hashOfToken(token);
  const link = hash === undefined ? undefined : await findLink(database, hash, purpose, now);
  if (link !== undefined) notePrincipal(log, { id: link.userId });
  return link;
}

/** @throws not-found if the link is unknown, expired or used */
export async function requireLink(token: string, purpose: MailPurpose, context: RequestContext): Promise<Link> {
  const link = await readLink(token, purpose, context);
  if (link === undefined) throw problem("not-found", { detail: "The link has expired or was already used." });
  return link;
}

/** A link that is still stored, valid or not. */
export async function readFormerLink(
  token: string,
  purpose: MailPurpose,
  { database }: Pick<RequestContext, "database">,
): Promise<FormerLink | undefined> {
  const hash = await hashOfToken(token);
  return hash === undefined ? undefined : findFormerLink(database, hash, purpose);
}
