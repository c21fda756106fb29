/** What each scope permits, in sentences for the person who is asked. */
import type { Role } from "#core/contract/principal.ts";
import type { Scopes } from "#core/contract/scopes.ts";

/** The scopes of the protocol itself come first. */
const PROTOCOL_SENTENCES: readonly (readonly [scope: string, sentence: string])[] = [
  ["openid", "See the id of your account."],
  ["offline_access", "Keep this access while you do not use the app, for up to 30 days."],
];

/** Returns one sentence per scope, in the order of `declared`. A scope that no module declares appears by its name. */
export function permissionsOf(scopes: readonly string[], declared: Scopes): string[] {
  const sentences = new Map([
    ...PROTOCOL_SENTENCES,
    ...Object.entries(declared).map(([scope, { consent }]) => [scope, consent] as const),
  ]);
  const known = Array.from(sentences).filter(([scope]) => scopes.includes(scope));
  const unknown = scopes.filter((scope) => !sentences.has(scope));
  return [...known.map(([, sentence]) => sentence), ...unknown.map((scope) => `Use the scope ${scope}.`)];
}

/** Returns what the role adds to the permissions, if anything. */
export function roleNote(role: Role): string | undefined {
  if (role === "customer") return undefined;
  return `Your role is ${role}. With these permissions, the app can also see and change the data of other people.`;
}
