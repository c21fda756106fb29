/**
 * Mails that a form requests. They contain no text that the sender of the form typed, so the form cannot be used to
 * send messages to strangers. Mails about changes are in credential-events.ts.
 */
import type { Mail } from "./mailer.ts";

/** The link is valid for 24 hours. */
export function verificationMail(to: string, link: string): Mail {
  return mail(to, "Confirm your e-mail address", [
    "An account was created with this e-mail address. To confirm the address, open this link and enter the password that you chose:",
    link,
    "The link is valid for 24 hours and can be used once. If you did not create the account, ignore this mail: the account cannot be used without the link.",
  ]);
}

/** For the owner of an account, when a form signs up with its address. */
export function existingAccountMail(to: string, origin: string): Mail {
  return mail(to, "You already have an account", [
    "A sign-up was requested with this e-mail address. The address already has an account, and nothing has changed. You can log in, or choose a new password if you have forgotten it:",
    `${origin}/login`,
    `${origin}/reset`,
    "If you did not request it, you can ignore this mail.",
  ]);
}

/** The link is valid for 30 minutes. */
export function resetMail(to: string, link: string): Mail {
  return mail(to, "Choose a new password", [
    "A new password was requested for the account with this e-mail address. To choose one, open this link:",
    link,
    "The link is valid for 30 minutes and can be used once. If you did not request it, ignore this mail: your password stays the same.",
  ]);
}

function mail(to: string, subject: string, paragraphs: readonly string[]): Mail {
  return { to, subject, text: `${paragraphs.join("\n\n")}\n` };
}
