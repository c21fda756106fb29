/**
 * The `Content-Security-Policy` of account pages: nothing inline, nothing from another origin. The only exception is the
 * challenge, which a page that shows it loads from Cloudflare.
 */

const CHALLENGE_ORIGIN = "https://challenges.cloudflare.com";

/** The script that shows the Cloudflare Turnstile widget. */
export const CHALLENGE_SCRIPT = `${CHALLENGE_ORIGIN}/turnstile/v0/api.js`;

/** What a page needs besides text, the stylesheet and forms that stay on this origin. */
export interface ContentNeeds {
  /** The page runs a script of this origin. */
  readonly script: boolean;
  /** The page shows a challenge. */
  readonly challenge: boolean;
  /**
   * "self": the forms stay on this origin. "client": they end at the redirect URI of a client. Chromium applies
   * `form-action` to every redirect after a form, even to those on the client's site. The service cannot list those, so
   * such a page has no `form-action`.
   */
  readonly forms: "self" | "client";
}

/** The `Content-Security-Policy` of a page. */
export function contentPolicy({ script, challenge, forms }: ContentNeeds): string {
  const scripts = [...(script ? ["'self'"] : []), ...(challenge ? [CHALLENGE_ORIGIN] : [])];
  return [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    ...(forms === "self" ? ["form-action 'self'"] : []),
    "frame-ancestors 'none'",
    ...(scripts.length === 0 ? [] : [`script-src ${scripts.join(" ")}`]),
    ...(script ? ["connect-src 'self'"] : []),
    ...(challenge ? [`frame-src ${CHALLENGE_ORIGIN}`] : []),
    // The script of the challenge parses text as HTML.
    ...(script && !challenge ? ["require-trusted-types-for 'script'", "trusted-types 'none'"] : []),
  ].join("; ");
}
