/**
 * Sends mail: as JSON to the configured service, or into the local mailbox on a local server. A deployment without
 * configuration sends none and logs that.
 */
import type { RequestContext } from "#core/contract/dependencies.ts";
import type { MailSettings } from "#core/contract/settings.ts";
import { keepMail } from "./store.ts";

export interface Mail {
  /** One address, normalized. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface Mailer {
  /** @throws Error if the mail was not accepted */
  send(mail: Mail): Promise<void>;
}

const TIMEOUT_MS = 5000;

/** Call it before the response is sent, so the log line reports missing mail configuration. */
export function mailerOf(context: RequestContext): Mailer {
  const { settings, database, now, log } = context;
  if (settings.mail !== undefined) return httpMailer(settings.mail, context);
  if (settings.environment === "local") {
    return {
      send: ({ to, subject, text }) => keepMail(database, { recipient: to, subject, content: text, sentAt: now }),
    };
  }
  log["mail.failure"] = "not configured";
  return { send: async () => undefined };
}

function httpMailer({ url, token, from }: MailSettings, context: RequestContext): Mailer {
  return {
    async send({ to, subject, text }) {
      const response = await context.fetch(
        new Request(url, {
          method: "POST",
          headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", Accept: "application/json" },
          body: JSON.stringify({ from, to, subject, text }),
          redirect: "manual",
          signal: AbortSignal.timeout(TIMEOUT_MS),
        }),
      );
      await response.body?.cancel();
      if (!response.ok) throw new Error(`mail: status ${response.status}`);
    },
  };
}
