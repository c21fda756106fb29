/** The `Content-Security-Policy` of the service's pages: nothing inline, nothing from another origin. */

/** For a page of text and links. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** For a page whose scripts call this origin. Trusted Types keep them from parsing text as HTML. */
export const SCRIPTED_PAGE_POLICY = `${PAGE_POLICY}; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'`;
