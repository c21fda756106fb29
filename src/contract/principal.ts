/** Who acts. Always an account or an address, never a token: two tokens of one account are one principal. */
export type Principal =
  | { readonly kind: "anonymous"; readonly address: string }
  | {
      readonly kind: "user" | "service";
      /** The account's id. */
      readonly id: string;
      readonly roles: readonly string[];
      readonly scopes: readonly string[];
    };

/** A stable name for the principal, for what is bound to it (cursors, snapshots, private validators). */
export function principalKey(principal: Principal): string {
  return principal.kind === "anonymous" ? "anonymous" : `${principal.kind}:${principal.id}`;
}
