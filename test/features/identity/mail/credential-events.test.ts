import { describe, expect, it } from "vitest";
import { type CredentialEvent, credentialMail } from "#features/identity/mail/credential-events.ts";
import { tellOwner } from "#features/identity/mail/tell-owner.ts";
import { createTestContext } from "../../../support/request-context.ts";
import { createPerson, mailsTo } from "../accounts/people.ts";

const SIMPLE = [
  ...(["passkey-added", "passkey-removed", "email-changed", "role-changed"] as const),
  ...(["api-key-created", "api-key-changed", "api-key-rotated", "api-key-revoked"] as const),
  ...(["app-connected", "app-disconnected", "device-connected"] as const),
];
const none = { passkeys: 0, apiKeys: 0 };
const EVENTS: readonly CredentialEvent[] = [
  ...SIMPLE.map((kind) => ({ kind })),
  ...(["password-changed", "password-reset", "logged-out-everywhere"] as const).map((kind) => ({
    kind,
    removed: none,
    kept: none,
  })),
];

describe("credentialMail", () => {
  it.each(EVENTS)("$kind: describes the event and what the owner can do", (event) => {
    const linked = credentialMail("ada@example.com", event, "https://x.test");
    expect(linked.to).toBe("ada@example.com");
    expect(linked.text.split("\n").filter((line) => line.includes("://"))).toEqual([
      expect.stringMatching(/^https:\/\/x\.test\/(reset|account)$/),
    ]);
    const plain = credentialMail("ada@example.com", event, undefined);
    expect(plain.subject).toBe(linked.subject);
    expect(plain.text).not.toContain("://");
    expect(plain.text).toMatch(/\.\n$/);
  });

  it("counts the removed credentials and those that still give access", () => {
    const event = {
      kind: "password-reset",
      removed: { passkeys: 2, apiKeys: 1 },
      kept: { passkeys: 1, apiKeys: 0 },
    } as const;
    const { text } = credentialMail("ada@example.com", event, undefined);
    expect(text).toContain("Also removed: 2 passkeys and 1 API key.");
    expect(text).toContain("Kept, and still able to access your account: 1 passkey.");
  });
});

describe("tellOwner", () => {
  it("finds the email of an account, and sends nothing for an unknown account", async () => {
    const context = createTestContext();
    const { id } = await createPerson(context, "told@example.com");
    tellOwner(context, { accountId: id }, { kind: "role-changed" });
    tellOwner(context, { accountId: "user_01hzz0000000000000000000zz" }, { kind: "role-changed" });
    expect((await mailsTo(context, "told@example.com")).map(({ subject }) => subject)).toEqual([
      "The role of your account was changed",
    ]);
  });

  it("does not throw if the mail service fails; the deferred work does, for the log", async () => {
    const context = createTestContext();
    context.settings = {
      ...context.settings,
      mail: { url: "https://mail.example.test", token: "t", from: "a@b.test" },
    };
    tellOwner(context, { email: "any@example.com" }, { kind: "passkey-added" });
    await expect(context.settle()).rejects.toThrow("mail: status 500");
  });
});
