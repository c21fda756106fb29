import { describe, expect, it } from "vitest";
import { mailerOf } from "#features/identity/mail/mailer.ts";
import { readMailbox } from "#features/identity/mail/store.ts";
import { existingAccountMail, resetMail, verificationMail } from "#features/identity/mail/texts.ts";
import { createTestContext } from "../../../support/request-context.ts";

const mail = { to: "ada@example.com", subject: "A subject", text: "A text\n" };
const service = { url: "https://mail.example.test/emails", token: "a token", from: "Sluice <no-reply@example.com>" };

describe("a mail service", () => {
  it("receives the mail as JSON with its token", async () => {
    const context = createTestContext();
    const sent: Request[] = [];
    context.settings = { ...context.settings, mail: service };
    context.fetch = async (request) => {
      sent.push(request);
      return Response.json({ id: "1" });
    };
    await mailerOf(context).send(mail);
    const [request] = sent;
    expect(sent).toHaveLength(1);
    expect(request?.url).toBe(service.url);
    expect(request?.method).toBe("POST");
    expect(request?.redirect).toBe("manual");
    expect(request?.headers.get("Authorization")).toBe("Bearer a token");
    expect(request?.headers.get("Content-Type")).toBe("application/json");
    expect(await request?.json()).toEqual({ from: service.from, to: mail.to, subject: mail.subject, text: mail.text });
    expect(await readMailbox(context.database)).toEqual([]);
    expect(context.log).toEqual({});
  });

  it.each([302, 401, 422, 500])("that responds %i makes the delivery fail", async (status) => {
    const context = createTestContext();
    context.settings = { ...context.settings, mail: service };
    context.fetch = async () => new Response(null, { status });
    await expect(mailerOf(context).send(mail)).rejects.toThrow(`mail: status ${status}`);
  });
});

describe("a deployment without a mail service", () => {
  it("sends nothing, stores nothing and logs it", async () => {
    const context = createTestContext();
    context.settings = { ...context.settings, mail: undefined, environment: "production" };
    context.fetch = async () => expect.unreachable();
    await mailerOf(context).send(mail);
    expect(context.log["mail.failure"]).toBe("not configured");
    expect(await readMailbox(context.database)).toEqual([]);
  });
});

describe("the local mailbox", () => {
  it("keeps the latest hundred mails, newest first", async () => {
    const context = createTestContext();
    const mailer = mailerOf(context);
    for (let count = 1; count <= 103; count += 1) await mailer.send({ ...mail, subject: `Mail ${count}` });
    const kept = await readMailbox(context.database);
    expect(kept).toHaveLength(100);
    expect(kept[0]).toMatchObject({ recipient: mail.to, subject: "Mail 103", content: mail.text, sentAt: context.now });
    expect(kept.at(-1)?.subject).toBe("Mail 4");
  });
});

describe("the texts of mails", () => {
  it.each([
    [verificationMail("ada@example.com", "https://x.test/verify/token"), "https://x.test/verify/token"],
    [resetMail("ada@example.com", "https://x.test/reset/token"), "https://x.test/reset/token"],
    [existingAccountMail("ada@example.com", "https://x.test"), "https://x.test/login"],
  ])("have the link on its own line: %o", ({ to, text }, link) => {
    expect(to).toBe("ada@example.com");
    expect(text.split("\n")).toContain(link);
  });
});
