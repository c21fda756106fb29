/** Where links of mails are kept, by the hash of their token, and mails themselves while the service runs locally. */
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
  /** The address that it is sent to. */
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

/** The link, where it is good: not used, not expired, and of an account that still has that address. */
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

/** What is known of a link whether it is still good or not. */
export interface FormerLink {
  readonly userId: string;
  /** Whether the account's address is confirmed. */
  readonly isConfirmed: boolean;
}

/** Undefined where there never was such a link, or it was dropped since. */
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

/** A new link takes the place of those that were sent for the same before. */
export function insertLink(database: Database, link: Link) {
  const former = and(eq(mailTokens.userId, link.userId), eq(mailTokens.purpose, link.purpose));
  return [database.orm.delete(mailTokens).where(former), database.orm.insert(mailTokens).values(link)] as const;
}

/** Holds while the link is good, in the batch that uses it up. @throws not-found where it is not */
export function isUsable({ tokenHash, purpose }: Link, now: number): Guard {
  return {
    condition: sql`EXISTS (SELECT 1 FROM ${mailTokens} INNER JOIN ${users} ON ${users.id} = ${mailTokens.userId} WHERE ${isGood(tokenHash, purpose, now)})`,
    refusal: (cause) => problem("not-found", { detail: "This link has expired or was already used.", cause }),
  };
}

/** Uses the link up, and drops all others of the account: what they would prove is proved. */
export function useLink(database: Database, { tokenHash, userId }: Link, now: number) {
  return [
    database.orm.update(mailTokens).set({ usedAt: now }).where(eq(mailTokens.tokenHash, tokenHash)),
    database.orm.delete(mailTokens).where(and(eq(mailTokens.userId, userId), ne(mailTokens.tokenHash, tokenHash))),
  ] as const;
}

/** All links of an account, sent and not used. */
export function dropLinksOf(database: Database, userId: string) {
  return database.orm.delete(mailTokens).where(eq(mailTokens.userId, userId));
}

export function dropExpiredLinks(database: Database, now: number) {
  return housekeep(database, [database.orm.delete(mailTokens).where(lte(mailTokens.expiresAt, now))]);
}

/** Puts a mail into the mailbox, which keeps the last hundred. */
export async function keepMail(database: Database, mail: Omit<StoredMail, "seq">): Promise<void> {
  const newest = database.orm.select({ seq: mailbox.seq }).from(mailbox).orderBy(desc(mailbox.seq)).limit(MAILBOX_SIZE);
  await housekeep(database, [
    database.orm.insert(mailbox).values(mail),
    database.orm.delete(mailbox).where(sql`${mailbox.seq} NOT IN ${newest}`),
  ]);
}

/** The newest first. */
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
