/** What each scope permits, in sentences for the person who is asked. */
import type { Role, Scope } from "#core/contract/principal.ts";

const PERMISSIONS: Readonly<Record<Scope | "openid" | "offline_access", string>> = {
  openid: "See the id of your account.",
  offline_access: "Keep this access while you do not use the app, for up to 30 days.",
  "users:read": "See your name, email address and role.",
  "users:write": "Change your name, manage your API keys, or delete your account.",
  "addresses:read": "See your addresses.",
  "addresses:write": "Add, change and remove your addresses.",
  "orders:read": "See your orders.",
  "orders:write": "Place, pay for and cancel orders for you.",
  "products:write": "Add, change and remove products of the catalogue.",
  admin: "Administer the store: accounts, roles, API keys and apps.",
};

/** Returns one sentence per scope, in the order of the list above. An unknown scope appears by its name. */
export function permissionsOf(scopes: readonly string[]): string[] {
  const known = Object.entries(PERMISSIONS).filter(([scope]) => scopes.includes(scope));
  const unknown = scopes.filter((scope) => !Object.hasOwn(PERMISSIONS, scope));
  return [...known.map(([, sentence]) => sentence), ...unknown.map((scope) => `Use the scope ${scope}.`)];
}

/** Returns what the role adds to the permissions, if anything. */
export function roleNote(role: Role): string | undefined {
  if (role === "customer") return undefined;
  return `Your role is ${role}. With these permissions, the app can also see and change the data of other people.`;
}
