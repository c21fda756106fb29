/**
 * The emails that a form requests. They contain no text from the form, so a form cannot be used to send messages to
 * strangers. Emails about changes to an account are in credential-events.ts.
 */
import type { Mail } from "./mailer.ts";

/** The email that confirms an address. Its link is valid for 24 hours. */
export function verificationMail(to: string, link: string): Mail {
  return mail(to, "Confirm your email address", [
    "An account was created with this email address. To confirm the address, open this link and enter the password that you chose:",
    link,
    "The link works once and expires after 24 hours. If this was not you, ignore this email. Without confirmation, the account cannot be used.",
  ]);
}

/** The email to the owner of an account if a sign-up uses its address. */
export function existingAccountMail(to: string, origin: string): Mail {
  return mail(to, "You already have an account", [
    "You or another person tried to sign up with this email address. It already has an account, and nothing has changed. Sign in, or reset your password if you forgot it:",
    `${origin}/login`,
    `${origin}/reset`,
    "If this was not you, you do not need to do anything.",
  ]);
}

/** The email to reset a password. Its link is valid for 30 minutes. */
export function resetMail(to: string, link: string): Mail {
  return mail(to, "Choose a new password", [
    "You or another person requested a new password for the account with this email address. To choose a new password, open this link:",
    link,
    "The link works once and expires after 30 minutes. If this was not you, ignore this email. Your password stays the same.",
  ]);
}

function mail(to: string, subject: string, paragraphs: readonly string[]): Mail {
  return { to, subject, text: `${paragraphs.join("\n\n")}\n` };
}
