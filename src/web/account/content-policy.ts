/**
 * What a page for people may load and where its forms may lead. Nothing inline, nothing from elsewhere; the one
 * exception is the challenge, which is loaded from Cloudflare on the page that shows it and on no other.
 */

const CHALLENGE_ORIGIN = "https://challenges.cloudflare.com";

/** What shows Cloudflare Turnstile's widget. */
export const CHALLENGE_SCRIPT = `${CHALLENGE_ORIGIN}/turnstile/v0/api.js`;

/** What a page needs beyond text, our stylesheet and forms that stay here. */
export interface ContentNeeds {
  /** The page runs a script of ours. */
  readonly script: boolean;
  /** The page shows a challenge. */
  readonly challenge: boolean;
  /**
   * "self": the page's forms stay here. "client": they end at a client's redirect URI. Chromium holds every redirect
   * after a form to `form-action`, those of the client's own site too, which nobody here can list: such a page has
   * none.
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
    // The challenge's script makes HTML of text.
    ...(script && !challenge ? ["require-trusted-types-for 'script'", "trusted-types 'none'"] : []),
  ].join("; ");
}
