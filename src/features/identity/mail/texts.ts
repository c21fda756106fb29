/**
 * What the mails say. Nothing in them was typed by whoever caused them, so that nobody can have us send words of theirs
 * to somebody else.
 */
import type { Mail } from "./mailer.ts";

/** The link is good for 24 hours. */
export function verificationMail(to: string, link: string): Mail {
  return mail(to, "Confirm your e-mail address", [
    "Somebody, probably you, has made an account with this address. To confirm it, open this link and enter the password that you chose:",
    link,
    "The link is good for 24 hours, and once. If it was not you, ignore this mail: without it nobody can use the account.",
  ]);
}

/** To the owner of an account, when somebody signs up with its address. */
export function existingAccountMail(to: string, origin: string): Mail {
  return mail(to, "You have an account already", [
    "Somebody, probably you, wanted to make an account with this address. There is one already, and nothing has changed. You can log in, or choose a new password if you have forgotten it:",
    `${origin}/login`,
    `${origin}/reset`,
    "If it was not you, you need to do nothing.",
  ]);
}

/** The link is good for 30 minutes. */
export function resetMail(to: string, link: string): Mail {
  return mail(to, "Choose a new password", [
    "Somebody, probably you, has asked for a new password for the account with this address. To choose one, open this link:",
    link,
    "The link is good for 30 minutes, and once. If it was not you, ignore this mail: the password stays as it is.",
  ]);
}

export function passwordChangedMail(to: string, origin: string): Mail {
  return mail(to, "Your password was changed", [
    "The password of your account was changed, and wherever else you were signed in you are not any more.",
    "If it was not you, choose a new password at once:",
    `${origin}/reset`,
  ]);
}

export function passkeyAddedMail(to: string, origin: string): Mail {
  return mail(to, "A passkey was added to your account", [
    "A passkey was added to your account. Whoever holds it can log in as you.",
    "If it was not you, remove it, and change your password:",
    `${origin}/account`,
  ]);
}

function mail(to: string, subject: string, paragraphs: readonly string[]): Mail {
  return { to, subject, text: `${paragraphs.join("\n\n")}\n` };
}
