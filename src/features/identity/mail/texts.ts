/**
 * The emails that a form requests. They contain no text from the form, so a form cannot be used to send messages to
 * strangers. Emails about changes to an account are in credential-events.ts.
 */
import type { Mail } from "./mailer.ts";

/** The email that confirms an address. Its link is valid for 24 hours. */
export function verificationMail(to: string, link: string): Mail {
  return mail(to, "Confirm your email address", [
    "Someone, probably you, created an account with this address. To confirm the address, open this link and enter the password that you chose:",
    link,
    "The link works once, within 24 hours. If it was not you, ignore this mail. Without the link, the account cannot be used.",
  ]);
}

/** The email to the owner of an account if a sign-up uses its address. */
export function existingAccountMail(to: string, origin: string): Mail {
  return mail(to, "You already have an account", [
    "Someone, probably you, tried to create an account with this address. You already have one, and nothing has changed. You can sign in, or choose a new password if you have forgotten it:",
    `${origin}/login`,
    `${origin}/reset`,
    "If it was not you, you do not need to do anything.",
  ]);
}

/** The email to reset a password. Its link is valid for 30 minutes. */
export function resetMail(to: string, link: string): Mail {
  return mail(to, "Choose a new password", [
    "Someone, probably you, asked for a new password for the account with this address. To choose one, open this link:",
    link,
    "The link works once, within 30 minutes. If it was not you, ignore this mail. Your password stays as it is.",
  ]);
}

function mail(to: string, subject: string, paragraphs: readonly string[]): Mail {
  return { to, subject, text: `${paragraphs.join("\n\n")}\n` };
}
