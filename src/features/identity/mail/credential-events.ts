/**
 * The changes to the credentials of an account, and the emails to its owner about them. An email contains no secret and no
 * user-supplied text, such as the name of a passkey or an app.
 */
import type { Mail } from "./mailer.ts";

/** The numbers of passkeys and API keys of an account. */
export interface WayCounts {
  readonly passkeys: number;
  readonly apiKeys: number;
}

/** The passkeys and API keys that an event removed and kept. */
export interface EndedWays {
  readonly removed: WayCounts;
  readonly kept: WayCounts;
}

/** A change to the credentials of an account. */
export type CredentialEvent =
  | ({ readonly kind: "password-changed" | "password-reset" | "logged-out-everywhere" } & EndedWays)
  | {
      readonly kind:
        | "passkey-added"
        | "passkey-removed"
        | "email-changed"
        | "role-changed"
        | "api-key-created"
        | "api-key-changed"
        | "api-key-rotated"
        | "api-key-revoked"
        | "app-connected"
        | "app-disconnected"
        | "device-connected";
    };

interface Notice {
  readonly subject: string;
  readonly happened: string;
  /** What the owner can do if the change was not theirs. The path becomes a link if the service has an origin. */
  readonly otherwise: Advice;
}

interface Advice {
  readonly text: string;
  readonly path: "/reset" | "/account";
}

const RESET: Advice = {
  text: "If this was not you, reset your password now. That also signs out all browsers and apps, and removes all passkeys and API keys that you do not keep:",
  path: "/reset",
};
const ACCOUNT: Advice = {
  text: "If it was not you, revoke that access on the page of your account, and change your password:",
  path: "/account",
};

const NOTICES: Readonly<Record<CredentialEvent["kind"], Notice>> = {
  "password-changed": {
    subject: "Your password was changed",
    happened: "The password of your account was changed. All other browsers and all apps were signed out.",
    otherwise: RESET,
  },
  "password-reset": {
    subject: "Your password was changed",
    happened:
      "The password of your account was reset with a link from an email. All browsers and all apps were signed out.",
    otherwise: RESET,
  },
  "logged-out-everywhere": {
    subject: "You were signed out everywhere",
    happened: "All browsers and all apps were signed out of your account. Your password stays the same.",
    otherwise: RESET,
  },
  "passkey-added": {
    subject: "A passkey was added to your account",
    happened: "A passkey was added to your account. It can be used to sign in without the password.",
    otherwise: {
      ...ACCOUNT,
      text: "If this was not you, remove the passkey on your account page and change your password:",
    },
  },
  "passkey-removed": {
    subject: "A passkey was removed from your account",
    happened: "A passkey was removed from your account. It can no longer be used to sign in.",
    otherwise: RESET,
  },
  "email-changed": {
    subject: "The email address of your account was changed",
    happened:
      "An administrator changed the email address of your account. This email goes to the old and the new address. From now on, password reset links go to the new address only.",
    otherwise: {
      text: "If you did not request this, contact the operators of the service. Your account page shows the current address:",
      path: "/account",
    },
  },
  "role-changed": {
    subject: "The role of your account was changed",
    happened: "An administrator changed the role of your account. All apps need a new access token.",
    otherwise: { text: "Your account page shows the new role:", path: "/account" },
  },
  "api-key-created": {
    subject: "An API key was created for your account",
    happened: "An API key was created for your account. Programs that have it can act for you.",
    otherwise: ACCOUNT,
  },
  "api-key-changed": {
    subject: "The expiry of an API key was changed",
    happened: "The expiry time of an API key of your account was changed.",
    otherwise: ACCOUNT,
  },
  "api-key-rotated": {
    subject: "An API key of your account was rotated",
    happened: "An API key of your account got a new secret.",
    otherwise: ACCOUNT,
  },
  "api-key-revoked": {
    subject: "An API key of your account was revoked",
    happened: "An API key of your account was revoked. It no longer gives access.",
    otherwise: RESET,
  },
  "app-connected": {
    subject: "An app was connected to your account",
    happened: "An app was allowed to use your account.",
    otherwise: ACCOUNT,
  },
  "app-disconnected": {
    subject: "An app was disconnected from your account",
    happened: "An app may no longer use your account.",
    otherwise: RESET,
  },
  "device-connected": {
    subject: "A device was connected to your account",
    happened: "A device was allowed to use your account.",
    otherwise: ACCOUNT,
  },
};

/** The email about an event. `origin` is the base of its links; without it, the email has no links. */
export function credentialMail(to: string, event: CredentialEvent, origin: string | undefined): Mail {
  const { subject, happened, otherwise } = NOTICES[event.kind];
  const paragraphs = [happened, ...("removed" in event ? waysIn(event) : []), ...adviceOf(otherwise, origin)];
  return { to, subject, text: `${paragraphs.join("\n\n")}\n` };
}

function adviceOf({ text, path }: Advice, origin: string | undefined): string[] {
  return origin === undefined ? [`${text.slice(0, -1)}.`] : [text, `${origin}${path}`];
}

function waysIn({ removed, kept }: EndedWays): string[] {
  return [
    ...(isNone(removed) ? [] : [`Also removed: ${countedWays(removed)}.`]),
    ...(isNone(kept) ? [] : [`Kept, and still able to access your account: ${countedWays(kept)}.`]),
  ];
}

function isNone({ passkeys, apiKeys }: WayCounts): boolean {
  return passkeys === 0 && apiKeys === 0;
}

/** For example "2 passkeys and 1 API key". */
export function countedWays({ passkeys, apiKeys }: WayCounts): string {
  const parts = [
    ...(passkeys === 0 ? [] : [`${passkeys} ${passkeys === 1 ? "passkey" : "passkeys"}`]),
    ...(apiKeys === 0 ? [] : [`${apiKeys} ${apiKeys === 1 ? "API key" : "API keys"}`]),
  ];
  return parts.length === 0 ? "nothing" : parts.join(" and ");
}
