/**
 * A software authenticator (Web Authentication section 6): creates ES256 keys and signs challenges as a browser would.
 * A test can make it deviate from the specification.
 */
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";

const encoder = new TextEncoder();

export interface Deviation {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly isVerified?: boolean;
  readonly isPresent?: boolean;
  readonly isBackedUp?: boolean;
  readonly counter?: number;
  readonly userHandle?: string;
  readonly alg?: number;
}

interface Key {
  readonly id: Uint8Array;
  readonly pair: CryptoKeyPair;
  readonly userHandle: string;
  counter: number;
}

export class SoftwareAuthenticator {
  readonly #origin: string;
  #key: Key | undefined;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Does what `navigator.credentials.create` does. */
  async create(options: PublicKeyCredentialCreationOptionsJSON, deviation: Deviation = {}): Promise<string> {
    const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const key: Key = {
      id: crypto.getRandomValues(new Uint8Array(32)),
      pair: pair as CryptoKeyPair, // an asymmetric algorithm returns a pair
      userHandle: options.user.id,
      counter: deviation.counter ?? 0,
    };
    this.#key = key;
    const publicKey = await coseKey(key.pair.publicKey, deviation.alg ?? -7);
    const attested = concat(new Uint8Array(16), uint16(key.id.length), key.id, publicKey);
    const data = concat(await this.#authenticatorData(options.rp.id ?? "", key.counter, 0x40, deviation), attested);
    const attestation = concat(
      [0xa3],
      cborText("fmt"),
      cborText("none"),
      cborText("attStmt"),
      [0xa0],
      cborText("authData"),
      cborBytes(data),
    );
    return this.#answer(key, {
      clientDataJSON: base64(this.#clientData("webauthn.create", options.challenge, deviation)),
      attestationObject: base64(attestation),
      transports: ["internal"],
    });
  }

  /** Does what `navigator.credentials.get` does. */
  async get(options: PublicKeyCredentialRequestOptionsJSON, deviation: Deviation = {}): Promise<string> {
    const key = this.#key;
    if (key === undefined) throw new Error("the authenticator has no key");
    key.counter = deviation.counter ?? key.counter;
    const data = await this.#authenticatorData(options.rpId ?? "", key.counter, 0, deviation);
    const clientData = this.#clientData("webauthn.get", options.challenge, deviation);
    const signed = concat(data, await sha256(clientData));
    const raw = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key.pair.privateKey, signed);
    return this.#answer(key, {
      clientDataJSON: base64(clientData),
      authenticatorData: base64(data),
      signature: base64(derSignature(new Uint8Array(raw))),
      userHandle: deviation.userHandle ?? key.userHandle,
    });
  }

  #answer({ id }: Key, response: Record<string, unknown>): string {
    return JSON.stringify({
      id: base64(id),
      rawId: base64(id),
      type: "public-key",
      clientExtensionResults: {},
      response,
    });
  }

  #clientData(type: string, challenge: string, deviation: Deviation): Uint8Array<ArrayBuffer> {
    const data = {
      type: deviation.type ?? type,
      challenge: deviation.challenge ?? challenge,
      origin: deviation.origin ?? this.#origin,
      crossOrigin: false,
    };
    return new Uint8Array(encoder.encode(JSON.stringify(data)));
  }

  async #authenticatorData(
    rpId: string,
    counter: number,
    flags: number,
    deviation: Deviation,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { isPresent = true, isVerified = true, isBackedUp = false } = deviation;
    const state = flags | (isPresent ? 0x01 : 0) | (isVerified ? 0x04 : 0) | (isBackedUp ? 0x18 : 0);
    const hash = await sha256(new Uint8Array(encoder.encode(deviation.rpId ?? rpId)));
    return concat(hash, [state], uint16(counter >>> 16), uint16(counter & 0xffff));
  }
}

/** An EC2 key of RFC 9052 section 7: kty 2, the algorithm, crv P-256, x and y. */
async function coseKey(key: CryptoKey, alg: number): Promise<Uint8Array> {
  const point = new Uint8Array((await crypto.subtle.exportKey("raw", key)) as ArrayBuffer); // "raw" returns bytes
  const head = [0xa5, 0x01, 0x02, 0x03, alg >= -24 ? 0x20 | (-1 - alg) : 0x20, 0x20, 0x01];
  return concat(head, [0x21], cborBytes(point.slice(1, 33)), [0x22], cborBytes(point.slice(33, 65)));
}

function cborText(text: string): Uint8Array {
  return concat([0x60 | text.length], encoder.encode(text));
}

function cborBytes(bytes: Uint8Array): Uint8Array {
  return bytes.length < 256 ? concat([0x58, bytes.length], bytes) : concat([0x59], uint16(bytes.length), bytes);
}

/** Converts to DER, which WebAuthn uses for ECDSA signatures. */
function derSignature(raw: Uint8Array): Uint8Array {
  const integers = concat(derInteger(raw.slice(0, 32)), derInteger(raw.slice(32)));
  return concat([0x30, integers.length], integers);
}

function derInteger(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = bytes.slice(start);
  const body = (digits[0] ?? 0) >= 0x80 ? concat([0], digits) : digits;
  return concat([0x02, body.length], body);
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

function concat(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function base64(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
