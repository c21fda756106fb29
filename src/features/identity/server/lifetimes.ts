/** Lifetimes of what the authorization server issues, in seconds. */

/** ASVS 5.0 10.4.3: one minute at level 3. */
export const CODE_SECONDS = 60;
export const DEVICE_CODE_SECONDS = 600;
/** From the request to the person's last step. */
export const INTERACTION_SECONDS = 3600;
export const ID_TOKEN_SECONDS = 600;
/** A refresh token expires after this time without use. */
export const REFRESH_IDLE_SECONDS = 7 * 86_400;
/** The maximum lifetime of everything that came from one consent, regardless of refreshes. */
export const GRANT_SECONDS = 30 * 86_400;
/** For this time a used refresh token returns its successor again, in case the response was lost. */
export const GRACE_MS = 30_000;
