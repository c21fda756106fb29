/**
 * Mails that a form requests. They contain no text that the sender of the form typed, so the form cannot be used to
 * send messages to strangers. Mails about changes are in credential-events.ts.
 */
import type { Mail } from "./mailer.ts";

/** The link is valid for 24 hours. */
export function verificationMail(to: string, link: string): Mail {
  return mail(to, "Confirm your e-mail address", [
    "Somebody, probably you, has made an account with this address. To confirm it, open this link and enter the password that you chose:",
    link,
    "The link is good for 24 hours, and once. If it was not you, ignore this mail: without it nobody can use the account.",
  ]);
}

/** For the owner of an account, when a form signs up with its address. */
export function existingAccountMail(to: string, origin: string): Mail {
  return mail(to, "You have an account already", [
    "Somebody, probably you, wanted to make an account with this address. There is one already, and nothing has changed. You can log in, or choose a new password if you have forgotten it:",
    `${origin}/login`,
    `${origin}/reset`,
    "If it was not you, you need to do nothing.",
  ]);
}

/** The link is valid for 30 minutes. */
export function resetMail(to: string, link: string): Mail {
  return mail(to, "Choose a new password", [
    "Somebody, probably you, has asked for a new password for the account with this address. To choose one, open this link:",
    link,
    "The link is good for 30 minutes, and once. If it was not you, ignore this mail: the password stays as it is.",
  ]);
}

function mail(to: string, subject: string, paragraphs: readonly string[]): Mail {
  return { to, subject, text: `${paragraphs.join("\n\n")}\n` };
}
