/** DPoP-bound access tokens (J09): a stolen token is useless without the key, and each request needs a new proof of the key. */
import { beforeAll, describe, expect, it } from "vitest";
import { createAuthenticator } from "#features/identity/authenticate.ts";
import { POST, startBlog } from "../support/blog/service.ts";
import { createBlog, storedBlog } from "../support/blog/tables.ts";
import { dpop, makeProof, makeProofKey, type ProofChange, type ProofKey } from "../support/dpop.ts";
import {
  bearer,
  goodClaims,
  issuersBinding,
  type Json,
  type Key,
  type KeyHost,
  lastLog,
  makeKey,
  NOW,
  sign,
  startKeyHost,
  trusted,
} from "../support/issuer.ts";
import { ownToken } from "../support/own-tokens.ts";
import { header, problemOf } from "../support/requests.ts";
import { customer, ORIGIN, type Service, type ServiceOptions, staff } from "../support/service.ts";

const ALGS = 'algs="ES256 ES384 PS256 RS256 EdDSA Ed25519"';
const METADATA = `resource_metadata="${ORIGIN}/.well-known/oauth-protected-resource"`;
const challenge = (error: string, description?: string) =>
  `DPoP realm="sluice", error="${error}", ${description === undefined ? "" : `error_description="${description}", `}${ALGS}, ${METADATA}`;

const PATH = "/v1/posts?limit=1";
const REQUIRED = { SLUICE_DPOP_NONCES: "required" } as unknown as Partial<Env>; // the type has only the values of wrangler.toml

let key: ProofKey;
let thief: ProofKey;
let bound: string;
let unbound: string;
let issuerKey: Key;
let host: KeyHost;

beforeAll(async () => {
  await createBlog();
  [key, thief, issuerKey] = await Promise.all([makeProofKey(), makeProofKey(), makeKey("good")]);
  bound = await ownToken(staff, { cnf: { jkt: key.jkt } });
  unbound = await ownToken(staff);
  host = startKeyHost([issuerKey]);
});

function start(bindings: Partial<Env> = {}, options: ServiceOptions = {}): Service {
  return startBlog({ bindings, dependencies: { authenticate: createAuthenticator(host.fetch) }, ...options });
}

const get = (service: Service, headers: HeadersInit, path = PATH) => service.fetch(path, { headers });

async function getWith(service: Service, change: ProofChange = {}, token = bound): Promise<Response> {
  return get(service, dpop(token, await makeProof(key, token, change)));
}

describe("a DPoP-bound token", () => {
  it("J09 is accepted with a proof of its key, in any case of the scheme", async () => {
    for (const scheme of ["DPoP", "dpop", "DPOP", "DPoP  "]) {
      const proof = await makeProof(key, bound);
      const response = await get(start(), { Authorization: `${scheme} ${bound}`, DPoP: proof });
      expect(response.status, scheme).toBe(200);
      expect(response.headers.get("DPoP-Nonce")).toBeNull();
    }
  });

  it("J09 needs a new proof for each write", async () => {
    const service = start();
    const claims = { htm: "POST" };
    const body = JSON.stringify(POST);
    const post = async (proof: string) =>
      service.fetch("/v1/posts", {
        method: "POST",
        headers: { ...dpop(bound, proof), "Content-Type": "application/json" },
        body,
      });
    const proof = await makeProof(key, bound, { claims });
    expect((await post(proof)).status).toBe(201);
    const before = await storedBlog();
    expect((await post(proof)).status).toBe(401);
    expect(await storedBlog()).toEqual(before);
    expect((await post(await makeProof(key, bound, { claims }))).status).toBe(201);
  });

  it("J09 is refused with the Bearer scheme", async () => {
    const service = start();
    for (const headers of [bearer(bound), { ...bearer(bound), DPoP: await makeProof(key, bound) }]) {
      const response = await get(service, headers);
      expect(response.status).toBe(401);
      expect(header(response, "WWW-Authenticate")).toBe(challenge("invalid_token"));
      expect(lastLog(service)["auth.failure"]).toBe("bound");
    }
  });

  it("J09 from a trusted issuer follows the rules of the service's own tokens", async () => {
    const service = start(issuersBinding([trusted()]));
    const token = await sign(issuerKey, goodClaims({ cnf: { jkt: key.jkt } }));
    expect((await getWith(service, {}, token)).status).toBe(200);
    expect((await get(service, bearer(token))).status).toBe(401);
    expect((await get(service, dpop(token, await makeProof(thief, token)))).status).toBe(401);
    const free = await sign(issuerKey, goodClaims());
    expect((await get(service, bearer(free))).status).toBe(200);
    expect((await getWith(service, {}, free)).status).toBe(401);
    expect(lastLog(service)["auth.failure"]).toBe("unbound");
  });
});

describe("DPoP on a local server", () => {
  const [address, name] = ["http://127.0.0.1:8787", "http://localhost:8787"];
  const LOCAL = { SLUICE_PUBLIC_ORIGIN: "" } as unknown as Partial<Env>; // as above

  it.each([
    [address, name, name],
    [name, address, address],
    [address, name, address],
    [name, name, address],
  ])("J09 accepts a token of %s on %s with a proof for %s", async (issuer, host, target) => {
    const token = await ownToken(staff, { iss: issuer, aud: issuer, cnf: { jkt: key.jkt } });
    const proof = await makeProof(key, token, { claims: { htu: `${target}/v1/posts` } });
    expect((await get(start(LOCAL), dpop(token, proof), `${host}${PATH}`)).status).toBe(200);
  });

  it.each(["http://localhost:8788", "https://localhost:8787", "http://localhost.evil.example:8787"])(
    "J09 refuses a proof for %s",
    async (target) => {
      const token = await ownToken(staff, { iss: address, aud: address, cnf: { jkt: key.jkt } });
      const proof = await makeProof(key, token, { claims: { htu: `${target}/v1/posts` } });
      const service = start(LOCAL);
      expect((await get(service, dpop(token, proof), `${name}${PATH}`)).status).toBe(401);
      expect(lastLog(service)["auth.failure"]).toBe("proof:htu");
    },
  );
});

describe("the service refuses", () => {
  it("J09 an unbound token with a proof", async () => {
    const service = start();
    const response = await getWith(service, {}, unbound);
    expect(response.status).toBe(401);
    expect(header(response, "WWW-Authenticate")).toBe(challenge("invalid_token"));
    expect(lastLog(service)["auth.failure"]).toBe("unbound");
    expect((await get(service, bearer(unbound))).status).toBe(200);
  });

  it.each<[name: string, claims: Json, description?: string]>([
    ["that has expired", { exp: NOW - 6 }, "The access token has expired"],
    ["for another audience", { aud: "https://other.example.test" }, "The access token is for another audience"],
    ["from another host", { iss: "https://attacker.example" }, "The access token is for another host"],
  ])("J09 a token %s, with a DPoP challenge", async (_, claims, description) => {
    const token = await ownToken(staff, { cnf: { jkt: key.jkt }, ...claims });
    const response = await getWith(start(), {}, token);
    expect(response.status).toBe(401);
    expect(header(response, "WWW-Authenticate")).toBe(challenge("invalid_token", description));
    expect((await problemOf(response)).detail).toContain(description);
  });

  it("J09 a bound token without a proof", async () => {
    const service = start();
    const response = await get(service, { Authorization: `DPoP ${bound}` });
    expect(response.status).toBe(401);
    expect(header(response, "WWW-Authenticate")).toBe(challenge("invalid_dpop_proof"));
    expect(lastLog(service)["auth.failure"]).toBe("proof:missing");
  });

  it.each<[name: string, reason: string, change: ProofChange]>([
    ["another method", "htm", { claims: { htm: "POST" } }],
    ["another path", "htu", { claims: { htu: `${ORIGIN}/v1/users` } }],
    ["another token", "ath", { claims: { ath: "x".repeat(43) } }],
    ["another time", "iat", { claims: { iat: NOW - 61 } }],
    ["no jti", "jti", { claims: { jti: undefined } }],
    ["another type", "typ", { header: { typ: "JWT" } }],
    ["a symmetric algorithm", "alg", { header: { alg: "HS256" } }],
  ])("J09 a proof with %s", async (_, reason, change) => {
    const service = start();
    const response = await getWith(service, change);
    expect(response.status).toBe(401);
    expect(header(response, "WWW-Authenticate")).toBe(challenge("invalid_dpop_proof"));
    expect(lastLog(service)["auth.failure"]).toBe(`proof:${reason}`);
    expect((await problemOf(response)).detail).toBe("The DPoP proof is not valid.");
  });

  it("J09 a proof signed by a key that is not the token's", async () => {
    const service = start();
    expect((await get(service, dpop(bound, await makeProof(thief, bound)))).status).toBe(401);
    expect(lastLog(service)["auth.failure"]).toBe("proof:jkt");
  });

  it("J09 a proof that is too long", async () => {
    const service = start();
    expect((await getWith(service, { claims: { padding: "x".repeat(8192) } })).status).toBe(401);
    expect(lastLog(service)["auth.failure"]).toBe("proof:too-long");
  });

  it("J09 several proofs or both schemes, as a malformed request", async () => {
    const service = start();
    const [first, second] = [await makeProof(key, bound), await makeProof(key, bound)];
    const twice = new Headers({ Authorization: `DPoP ${bound}` });
    twice.append("DPoP", first);
    twice.append("DPoP", second);
    const several: readonly [HeadersInit, string][] = [
      [twice, "several-proofs"],
      [dpop(bound, `${first},${second}`), "several-proofs"],
      [{ Authorization: `DPoP ${bound}, Bearer ${bound}`, DPoP: first }, "several-credentials"],
      [{ Authorization: `Bearer ${bound}, DPoP ${bound}`, DPoP: first }, "several-credentials"],
      [{ Authorization: `DPoP ${bound}, DPoP ${bound}`, DPoP: first }, "several-credentials"],
      [{ Authorization: `DPoP ${bound},`, DPoP: first }, "several-credentials"],
    ];
    for (const [headers, reason] of several) {
      const response = await get(service, headers);
      expect(response.status, reason).toBe(400);
      expect((await problemOf(response)).code).toBe("MALFORMED_REQUEST");
      expect(header(response, "WWW-Authenticate")).toContain('error="invalid_request"');
      expect(lastLog(service)["auth.failure"]).toBe(reason);
    }
    expect((await get(service, dpop(bound, first))).status).toBe(200);
  });

  it("J09 a proof for another method without logging the token or the proof", async () => {
    const service = start();
    const proof = await makeProof(key, bound, { claims: { htm: "POST" } });
    await get(service, dpop(bound, proof));
    for (const part of [...bound.split("."), ...proof.split(".")]) expect(service.logs.join()).not.toContain(part);
  });
});

describe("the replay check of proofs", () => {
  it("J09 refuses a proof that was used before", async () => {
    const service = start();
    const proof = await makeProof(key, bound);
    expect((await get(service, dpop(bound, proof))).status).toBe(200);
    const again = await get(service, dpop(bound, proof));
    expect(again.status).toBe(401);
    expect(header(again, "WWW-Authenticate")).toBe(challenge("invalid_dpop_proof"));
    expect(lastLog(service)["auth.failure"]).toBe("proof:replayed");
    service.advance(60_000);
    expect((await get(service, dpop(bound, proof))).status).toBe(401);
    expect((await get(start(), dpop(bound, proof))).status).toBe(401);
  });

  it("J09 accepts exactly one of fifty simultaneous uses of a proof", async () => {
    const service = start();
    const proof = await makeProof(key, bound);
    const responses = await Promise.all(Array.from({ length: 50 }, () => get(service, dpop(bound, proof))));
    const statuses = responses.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200).length).toBe(1);
    expect(statuses.filter((status) => status === 401).length).toBe(49);
  });

  it("J09 accepts the same jti from two keys", async () => {
    const other = await ownToken(customer, { cnf: { jkt: thief.jkt } });
    const claims = { jti: "shared" };
    const service = start();
    expect((await getWith(service, { claims })).status).toBe(200);
    expect((await get(service, dpop(other, await makeProof(thief, other, { claims })))).status).toBe(200);
    expect((await getWith(service, { claims })).status).toBe(401);
  });

  it("J09 does not consume the jti of a refused proof", async () => {
    const service = start();
    const claims = { jti: "kept" };
    expect((await getWith(service, { claims: { ...claims, htm: "POST" } })).status).toBe(401);
    expect((await getWith(service, { claims })).status).toBe(200);
  });

  it("J09 returns 503 for bound tokens while the record of used proofs fails", async () => {
    const broken = { getByName: () => ({ use: () => Promise.reject(new Error("down")) }) };
    const service = start({ PROOF_REPLAYS: broken } as unknown as Partial<Env>); // only this method is called
    const response = await getWith(service);
    expect(response.status).toBe(503);
    expect(header(response, "Retry-After")).toBe("5");
    expect(lastLog(service)["auth.failure"]).toBe("no-replays");
    expect((await get(service, bearer(unbound))).status).toBe(200);
  });
});

describe("nonces", () => {
  it("J09 are issued in the first response where they are required, and a proof with one is accepted", async () => {
    const service = start(REQUIRED);
    const first = await getWith(service);
    expect(first.status).toBe(401);
    expect(header(first, "WWW-Authenticate")).toBe(challenge("use_dpop_nonce"));
    expect(lastLog(service)["auth.failure"]).toBe("nonce");
    const nonce = header(first, "DPoP-Nonce");
    const second = await getWith(service, { claims: { nonce } });
    expect(second.status).toBe(200);
    expect(header(second, "DPoP-Nonce")).toBe(nonce);
  });

  it("J09 are valid for at most two minutes, and each response contains the next", async () => {
    const service = start(REQUIRED);
    const nonce = header(await getWith(service), "DPoP-Nonce");
    const at = { iat: NOW + 119 };
    service.advance(119_000);
    const late = await getWith(service, { claims: { ...at, nonce } });
    expect(late.status).toBe(200);
    expect(header(late, "DPoP-Nonce")).not.toBe(nonce);
    service.advance(1_000);
    const tooLate = await getWith(service, { claims: { ...at, nonce } });
    expect(tooLate.status).toBe(401);
    expect(header(tooLate, "WWW-Authenticate")).toBe(challenge("use_dpop_nonce"));
    const next = header(tooLate, "DPoP-Nonce");
    expect((await getWith(service, { claims: { ...at, nonce: next } })).status).toBe(200);
  });

  it("J09 of other services are refused, even where none is required", async () => {
    for (const bindings of [{}, REQUIRED]) {
      const response = await getWith(start(bindings), { claims: { nonce: "made-up" } });
      expect(response.status).toBe(401);
      expect(header(response, "WWW-Authenticate")).toBe(challenge("use_dpop_nonce"));
      const nonce = header(response, "DPoP-Nonce");
      expect((await getWith(start(bindings), { claims: { nonce } })).status).toBe(200);
    }
  });

  it("J09 are in every response to a proof where they are required, and in no other response", async () => {
    const service = start(REQUIRED);
    const nonce = header(await getWith(service), "DPoP-Nonce");
    const missing = "/v1/posts/post_01hk2nvj80e8ev3rx1q7t4d6zz";
    const claims = { nonce, htu: `${ORIGIN}${missing}` };
    const absent = await get(service, dpop(bound, await makeProof(key, bound, { claims })), missing);
    expect(absent.status).toBe(404);
    expect(header(absent, "DPoP-Nonce")).toBe(nonce);
    expect(header(await getWith(service, { claims: { htm: "POST" } }), "DPoP-Nonce")).toBe(nonce);
    expect((await get(service, {})).headers.get("DPoP-Nonce")).toBeNull();
    expect((await get(service, bearer(unbound))).headers.get("DPoP-Nonce")).toBeNull();
  });

  it("J09 and challenges can be read by browsers of an allowed origin", async () => {
    const service = start(REQUIRED);
    const proof = await makeProof(key, bound);
    const response = await get(service, { ...dpop(bound, proof), Origin: ORIGIN });
    const exposed = header(response, "Access-Control-Expose-Headers").split(", ");
    expect(exposed).toEqual(expect.arrayContaining(["WWW-Authenticate", "DPoP-Nonce"]));
  });
});

describe("a service with a configured public origin", () => {
  it("J09 expects proofs for the public origin and the path", async () => {
    const elsewhere = { SLUICE_PUBLIC_ORIGIN: "https://shop.example.com" } as unknown as Partial<Env>; // the type has only the values of wrangler.toml
    const service = start(elsewhere);
    const claims = { iss: "https://shop.example.com", aud: "https://shop.example.com" };
    const token = await ownToken(staff, { cnf: { jkt: key.jkt }, ...claims });
    const htu = "https://shop.example.com/v1/posts";
    expect((await getWith(service, { claims: { htu } }, token)).status).toBe(200);
    expect((await getWith(service, {}, token)).status).toBe(401);
    expect(lastLog(service)["auth.failure"]).toBe("proof:htu");
  });
});

it("J09 a request without credentials gets a challenge for both schemes", async () => {
  const response = await start().fetch("/v1/posts", { method: "POST" });
  expect(header(response, "WWW-Authenticate")).toBe(
    `Bearer realm="sluice", ${METADATA}, DPoP realm="sluice", ${ALGS}, ${METADATA}`,
  );
});
