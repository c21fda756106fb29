/** An account of a person, as the rest of identity knows it. Service clients' accounts are none of these. */

import type { Role } from "#core/contract/principal.ts";
import type { Guard } from "#core/data/commit.ts";

export interface Account {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** Epoch ms; undefined: nobody has shown yet that the address is theirs, so nobody gets in. */
  readonly emailVerifiedAt: number | undefined;
  /** Advances with each revocation: what is issued to the account asserts it. */
  readonly credentialVersion: number;
}

export interface AccountWithPassword extends Account {
  /** A PHC string. */
  readonly passwordHash: string | undefined;
}

/** Somebody who has just proved who they are. */
export interface LoggedIn {
  readonly outcome: "in";
  readonly account: Account;
  /** How, as RFC 8176 names it. */
  readonly methods: readonly string[];
  /** What the proof rests on: must still hold when the sign-in is written. */
  readonly holding: readonly Guard[];
}
