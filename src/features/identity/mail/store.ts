/** Storage of links in mails, by the hash of their token, and of the mails themselves on a local server. */
import { and, desc, eq, gt, isNull, lte, ne, type SQL, sql } from "drizzle-orm";
import { type Guard, housekeep } from "#core/data/commit.ts";
import type { Database } from "#core/data/database.ts";
import { problem } from "#core/http/problem.ts";
import { mailbox, mailTokens } from "#schema/mail.ts";
import { users } from "#schema/users.ts";

export type MailPurpose = "verify-email" | "reset-password";

export interface Link {
  readonly tokenHash: string;
  readonly userId: string;
  readonly purpose: MailPurpose;
  /** The address of the mail. */
  readonly email: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export interface StoredMail {
  readonly seq: number;
  readonly recipient: string;
  readonly subject: string;
  readonly content: string;
  /** Epoch ms. */
  readonly sentAt: number;
}

const MAILBOX_SIZE = 100;

/** The link, if it is unused, not expired, and its account still has that address. */
export async function findLink(
  database: Database,
  tokenHash: string,
  purpose: MailPurpose,
  now: number,
): Promise<Link | undefined> {
  const [link] = await database.orm
    .select({
      tokenHash: mailTokens.tokenHash,
      userId: mailTokens.userId,
      purpose: mailTokens.purpose,
      email: mailTokens.email,
      expiresAt: mailTokens.expiresAt,
    })
    .from(mailTokens)
    .innerJoin(users, eq(users.id, mailTokens.userId))
    .where(isGood(tokenHash, purpose, now));
  return link;
}

/** The stored state of a link, valid or not. */
export interface FormerLink {
  readonly userId: string;
  /** Whether the account's address is confirmed. */
  readonly isConfirmed: boolean;
}

/** Undefined if the link never existed or was dropped. */
export async function findFormerLink(
  database: Database,
  tokenHash: string,
  purpose: MailPurpose,
): Promise<FormerLink | undefined> {
  const [link] = await database.orm
    .select({ userId: mailTokens.userId, emailVerifiedAt: users.emailVerifiedAt })
    .from(mailTokens)
    .innerJoin(users, eq(users.id, mailTokens.userId))
    .where(and(eq(mailTokens.tokenHash, tokenHash), eq(mailTokens.purpose, purpose), isNull(users.deletedAt)));
  return link && { userId: link.userId, isConfirmed: link.emailVerifiedAt !== null };
}

/** A new link replaces earlier links for the same purpose. */
export function insertLink(database: Database, link: Link) {
  const former = and(eq(mailTokens.userId, link.userId), eq(mailTokens.purpose, link.purpose));
  return [database.orm.delete(mailTokens).where(former), database.orm.insert(mailTokens).values(link)] as const;
}

/** Holds while the link is valid, in the batch that uses it up. @throws not-found */
export function isUsable({ tokenHash, purpose }: Link, now: number): Guard {
  return {
    condition: sql`EXISTS (SELECT 1 FROM ${mailTokens} INNER JOIN ${users} ON ${users.id} = ${mailTokens.userId} WHERE ${isGood(tokenHash, purpose, now)})`,
    refusal: (cause) => problem("not-found", { detail: "The link has expired or was already used.", cause }),
  };
}

/** Uses the link up, and drops all other links of the account, which it makes redundant. */
export function useLink(database: Database, { tokenHash, userId }: Link, now: number) {
  return [
    database.orm.update(mailTokens).set({ usedAt: now }).where(eq(mailTokens.tokenHash, tokenHash)),
    database.orm.delete(mailTokens).where(and(eq(mailTokens.userId, userId), ne(mailTokens.tokenHash, tokenHash))),
  ] as const;
}

/** Drops all unused links of an account. */
export function dropLinksOf(database: Database, userId: string) {
  return database.orm.delete(mailTokens).where(eq(mailTokens.userId, userId));
}

export function dropExpiredLinks(database: Database, now: number) {
  return housekeep(database, [database.orm.delete(mailTokens).where(lte(mailTokens.expiresAt, now))]);
}

/** Puts a mail into the mailbox, which keeps the latest hundred. */
export async function keepMail(database: Database, mail: Omit<StoredMail, "seq">): Promise<void> {
  const newest = database.orm.select({ seq: mailbox.seq }).from(mailbox).orderBy(desc(mailbox.seq)).limit(MAILBOX_SIZE);
  await housekeep(database, [
    database.orm.insert(mailbox).values(mail),
    database.orm.delete(mailbox).where(sql`${mailbox.seq} NOT IN ${newest}`),
  ]);
}

/** Newest first. */
export async function readMailbox(database: Database): Promise<readonly StoredMail[]> {
  return database.orm.select().from(mailbox).orderBy(desc(mailbox.seq)).limit(MAILBOX_SIZE);
}

function isGood(tokenHash: string, purpose: MailPurpose, now: number): SQL | undefined {
  return and(
    eq(mailTokens.tokenHash, tokenHash),
    eq(mailTokens.purpose, purpose),
    isNull(mailTokens.usedAt),
    gt(mailTokens.expiresAt, now),
    eq(mailTokens.email, users.email),
    isNull(users.deletedAt),
  );
}
