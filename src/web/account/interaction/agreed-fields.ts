/** The account and scopes that a consent page showed. Its form sends them back, so that the consent covers nothing else. */
import type { Account } from "#features/identity/accounts/account.ts";
import { textField } from "../form-fields.ts";

/** What the page showed, as its form sends it back. */
export interface Agreed {
  readonly account?: string | undefined;
  readonly scope?: string | undefined;
}

/** The fields of the form besides the decision. */
export const agreedFields = {
  account: textField(64, "The account that the page showed.", { pattern: "^[a-z0-9_]*$" }).optional(),
  scope: textField(512, "The scopes that the page showed, separated by spaces.", {
    pattern: "^[a-z:_ ]*$",
  }).optional(),
} as const;

/** Whether the account and the scopes are still those that the page showed. */
export function isAsShown({ account, scope }: Agreed, current: Account, scopes: readonly string[]): boolean {
  return (account ?? current.id) === current.id && (scope ?? scopes.join(" ")) === scopes.join(" ");
}
