/** The account of a person, as identity uses it. Accounts of service clients are not included. */

import type { Role } from "#core/contract/principal.ts";
import type { Guard } from "#core/data/commit.ts";

export interface Account {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** Epoch ms; undefined while the address is not confirmed, so the account cannot sign in. */
  readonly emailVerifiedAt: number | undefined;
  /** Advances with each revocation. Everything issued to the account asserts it. */
  readonly credentialVersion: number;
}

export interface AccountWithPassword extends Account {
  /** A PHC string. */
  readonly passwordHash: string | undefined;
}

/** A person who has just authenticated. */
export interface LoggedIn {
  readonly outcome: "in";
  readonly account: Account;
  /** The methods of authentication, as RFC 8176 names them. */
  readonly methods: readonly string[];
  /** Guards on the proof: they must still hold when the sign-in is written. */
  readonly holding: readonly Guard[];
}
