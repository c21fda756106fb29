import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Objects } from "#core/contract/dependencies.ts";
import { housekeep } from "#core/data/commit.ts";
import { logIn } from "#features/identity/accounts/log-in.ts";
import { findAccount, setPassword } from "#features/identity/accounts/store.ts";
import * as engine from "#features/identity/passwords/engine.ts";
import { needsRehash } from "#features/identity/passwords/password.ts";
import { formatPhc } from "#features/identity/passwords/phc.ts";
import { readSignIn, startSignIn } from "#features/identity/sign-ins/sign-in.ts";
import { createTestContext, type TestContext } from "../../../support/request-context.ts";
import { createPerson, PASSWORD } from "./people.ts";

let addresses = 0;
const contextWithOwnAddress = () => createTestContext({ address: `198.51.100.${++addresses}` });

beforeAll(async () => {
  await createPerson(createTestContext(), "ada@example.com");
  await createPerson(createTestContext(), "guessed@example.com");
  await createPerson(createTestContext(), "measured@example.com");
  await createPerson(createTestContext(), "unconfirmed@example.com", { emailVerifiedAt: undefined });
});

describe("logIn", () => {
  it("finds a person by email and password, ignoring case and surrounding spaces", async () => {
    for (const email of ["ada@example.com", " Ada@Example.COM "]) {
      expect(await logIn({ email, password: PASSWORD }, contextWithOwnAddress())).toMatchObject({
        outcome: "in",
        account: { email: "ada@example.com", role: "customer" },
        methods: ["pwd"],
      });
    }
  });

  it("does not return the password hash", async () => {
    const result = await logIn({ email: "ada@example.com", password: PASSWORD }, contextWithOwnAddress());
    expect(result).not.toHaveProperty("account.passwordHash");
  });

  it.each([
    ["another password", "ada@example.com", "wrong password"],
    ["an unknown account", "nobody@example.com", PASSWORD],
    ["not an email address", "' OR 1=1 --", PASSWORD],
    ["an unconfirmed email", "unconfirmed@example.com", PASSWORD],
  ])("gives the same result for every wrong input: %s", async (_, email, password) => {
    expect(await logIn({ email, password }, contextWithOwnAddress())).toEqual({ outcome: "wrong" });
  });

  it.each(["guessed@example.com", "unknown@example.com"])(
    "J10 requires a challenge after five failures, even with the right password: %s",
    async (email) => {
      const context = contextWithOwnAddress();
      for (let call = 0; call < 5; call += 1) {
        expect(await logIn({ email, password: "wrong" }, context)).toEqual({ outcome: "wrong" });
      }
      expect(await logIn({ email, password: PASSWORD }, context)).toEqual({ outcome: "challenge", seconds: 900 });
      context.now += 24 * 60 * 60_000;
      expect((await logIn({ email, password: PASSWORD }, context)).outcome).not.toBe("challenge");
    },
  );

  it("J10 does the same work for a known, an unknown and an unconfirmed account", async () => {
    const emails = ["measured@example.com", "stranger@example.com", "unconfirmed@example.com"];
    const works = [];
    for (const email of emails) works.push(await workOf(email));
    expect(works[0]).toEqual({ hashes: 1, cost: { memory: 19_456, passes: 2, lanes: 1 }, reads: 1, objectCalls: 2 });
    expect(works[1]).toEqual(works[0]);
    expect(works[2]).toEqual(works[0]);
  });

  it("replaces a hash of another cost, and the sign-in stays valid", async () => {
    const context = contextWithOwnAddress();
    const account = await createPerson(context, "old@example.com");
    const argon2id = await engine.loadArgon2id();
    const salt = context.randomBytes(16);
    const cost = { memory: 1024, passes: 1, lanes: 1 };
    const hash = argon2id(new TextEncoder().encode(PASSWORD), salt, cost, 32);
    const phc = formatPhc({ cost, salt, hash });
    await housekeep(context.database, [setPassword(context.database, account.id, phc, context.now)]);
    const result = await logIn({ email: account.email, password: PASSWORD }, context);
    if (result.outcome !== "in") throw new Error("the log-in was refused");
    context.take((await startSignIn(context, result)).cookie);
    expect(await readSignIn(context)).toBeDefined();
    expect(needsRehash((await findAccount(context.database, account.id))?.passwordHash ?? "")).toBe(false);
    expect((await logIn({ email: account.email, password: PASSWORD }, context)).outcome).toBe("in");
  });
});

async function workOf(email: string) {
  const context = contextWithOwnAddress();
  const { objects, calls } = countCalls(context);
  const real = await engine.loadArgon2id();
  const costs: unknown[] = [];
  const spy = vi.spyOn(engine, "loadArgon2id").mockResolvedValue((password, salt, cost, length) => {
    costs.push(cost);
    return real(password, salt, cost, length);
  });
  await logIn({ email, password: "wrong password" }, Object.assign(context, { objects }));
  spy.mockRestore();
  return { hashes: costs.length, cost: costs[0], reads: context.database.usage.roundTrips, objectCalls: calls.length };
}

function countCalls({ objects }: TestContext) {
  const calls: PropertyKey[] = [];
  const counted = {
    ...objects,
    LOGIN_ATTEMPTS: {
      getByName: (name: string) =>
        new Proxy(objects.LOGIN_ATTEMPTS.getByName(name), {
          get(stub, method) {
            calls.push(method);
            return Reflect.get(stub, method);
          },
        }),
    },
  } as unknown as Objects; // the code under test calls only this method
  return { objects: counted, calls };
}
