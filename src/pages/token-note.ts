/** What this release says of access tokens, on every page that has to. */
export const TOKEN_NOTE = "This release issues no access tokens: an operation that needs one answers 401.";
