/** The `Content-Security-Policy` of the service's own pages: nothing inline, nothing from elsewhere. */

/** A page of text and links. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** A page whose scripts call this origin. They cannot make HTML of text. */
export const SCRIPTED_PAGE_POLICY = `${PAGE_POLICY}; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'`;
