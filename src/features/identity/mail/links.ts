/**
 * Links in mails: 256 random bits, of which only the hash is kept, good for one purpose, one time and a while. Looking
 * at a link uses nothing up, since mail programs look at links by themselves.
 */
import type { Surroundings } from "#core/contract/doors.ts";
import { problem } from "#core/http/problem.ts";
import { hashOfToken, makeSecretToken } from "../sign-ins/secret-token.ts";
import { findLink, type Link, type MailPurpose } from "./store.ts";

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

/** A link that is not stored yet. */
export async function makeLink(purpose: MailPurpose, surroundings: Surroundings): Promise<NewLink> {
  const { token, hash } = await makeSecretToken(surroundings.randomBytes);
  return {
    url: `${surroundings.origin}${PATH[purpose]}/${token}`,
    tokenHash: hash,
    expiresAt: surroundings.now + LIFETIME_MS[purpose],
  };
}

/** What the link is about; undefined where it is none, has expired or was used. */
export async function readLink(
  token: string,
  purpose: MailPurpose,
  { database, now }: Surroundings,
): Promise<Link | undefined> {
  const hash = await hashOfToken(token);
  return hash === undefined ? undefined : findLink(database, hash, purpose, now);
}

/** @throws not-found where it is none, has expired or was used */
export async function requireLink(token: string, purpose: MailPurpose, surroundings: Surroundings): Promise<Link> {
  const link = await readLink(token, purpose, surroundings);
  if (link === undefined) throw problem("not-found", { detail: "The link has expired, or was used." });
  return link;
}
