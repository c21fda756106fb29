/** How to get an access token, for every page that has to say it. */
export const TOKEN_NOTE =
  "Locally, `npm run --silent token -- --as ada@example.com` prints an access token; elsewhere an OAuth client gets one at `/oauth/authorize`.";
