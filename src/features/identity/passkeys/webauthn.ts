/** `@simplewebauthn/server`, loaded with the first response to verify and with no other request. */
import type { Base64URLString } from "@simplewebauthn/server";
import type { RequestContext } from "#core/contract/dependencies.ts";
import { type Ceremony, isChallenge } from "./challenge.ts";
import { MAX_RESPONSE_CHARACTERS } from "./relying-party.ts";

const encoder = new TextEncoder();

export function loadWebAuthn(): Promise<typeof import("@simplewebauthn/server")> {
  return import("@simplewebauthn/server");
}

/** Parses the JSON of a credential; undefined if it is not one. The package checks the members. */
export function parseResponse(text: string): { readonly id: string } | undefined {
  if (text.length > MAX_RESPONSE_CHARACTERS) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isCredential(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isCredential(value: unknown): value is { readonly id: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    "id" in value &&
    typeof value.id === "string" &&
    "response" in value &&
    typeof value.response === "object" &&
    value.response !== null
  );
}

/** The challenge check that the package calls, and the challenge that it saw. */
export function challengeOf(ceremony: Ceremony, context: RequestContext) {
  let answered = "";
  return {
    async expected(challenge: Base64URLString): Promise<boolean> {
      answered = challenge;
      return isChallenge(challenge, ceremony, context);
    },
    async hash(): Promise<string> {
      return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(answered))).toHex();
    },
  };
}
