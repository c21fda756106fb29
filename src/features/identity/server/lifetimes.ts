/** How long what the authorization server gives lasts, in seconds. */

/** ASVS 5.0 10.4.3: one minute at level 3. */
export const CODE_SECONDS = 60;
export const DEVICE_CODE_SECONDS = 600;
/** From the request to the last step of a person. */
export const INTERACTION_SECONDS = 3600;
export const ID_TOKEN_SECONDS = 600;
/** A refresh token that is not used ends after this. */
export const REFRESH_IDLE_SECONDS = 7 * 86_400;
/** The end of whatever came from one consent, however often it was refreshed. */
export const GRANT_SECONDS = 30 * 86_400;
/** For how long a refresh token that was used gives its successor again: the answer may have been lost. */
export const GRACE_MS = 30_000;
