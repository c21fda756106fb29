/**
 * Handles used or expired links that confirm an email address. Often the person opens a link again that already worked. If
 * the address is confirmed, the page says so and does not offer to sign up again.
 */
import type { Call, EndpointCall } from "#core/contract/endpoint.ts";
import { type Problem, problem } from "#core/http/problem.ts";
import { readFormerLink } from "#features/identity/mail/links.ts";
import { readSignIn } from "#features/identity/sign-ins/sign-in.ts";
import type { Onward } from "../../failure-page.ts";
import type { LinkForm } from "../mail-link.ts";

const DEAD = "The link has expired or was already used.";

type Standing = "logged-in" | "confirmed" | "unknown";

/** The problem of a used or expired link. */
export async function deadVerification(call: LinkForm<unknown>): Promise<Problem> {
  return problem("not-found", { detail: `${DEAD} ${textOf(await standingOf(call, call.params.token), call)}` });
}

/** The link on the failure page. */
export async function onwardFrom(call: EndpointCall): Promise<Onward> {
  const standing = await standingOf(call, "token" in call.params ? String(call.params["token"]) : "");
  if (standing === "logged-in") return { href: "/account", label: "Your account" };
  if (standing === "unknown" && call.settings.signUp === "open") return { href: "/sign-up", label: "Sign up again" };
  return { href: "/login", label: "Sign in" };
}

function textOf(standing: Standing, { settings }: LinkForm<unknown>): string {
  switch (standing) {
    case "logged-in":
      return "You are signed in, and the address of your account is already confirmed.";
    case "confirmed":
      return "The address is already confirmed. Sign in with your password.";
    case "unknown":
      return settings.signUp === "open"
        ? "If the address is already confirmed, sign in. Otherwise sign up again to get a new link."
        : "If the address is already confirmed, sign in.";
  }
}

async function standingOf(call: Call<unknown, unknown, unknown>, token: string): Promise<Standing> {
  const [signIn, link] = await Promise.all([readSignIn(call), readFormerLink(token, "verify-email", call)]);
  if (signIn !== undefined && signIn.account.emailVerifiedAt !== undefined) {
    if (link === undefined || link.userId === signIn.account.id || !link.isConfirmed) return "logged-in";
  }
  return link?.isConfirmed === true ? "confirmed" : "unknown";
}
