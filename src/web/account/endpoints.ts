/** The endpoints of all account pages and their forms. */
import type { Endpoint } from "#core/contract/endpoint.ts";
import { accountEndpoints } from "./account/endpoints.ts";
import { deviceEndpoints } from "./device/endpoints.ts";
import { interactionEndpoints } from "./interaction/endpoints.ts";
import { logInEndpoints } from "./log-in/endpoints.ts";
import { logOutEndpoints } from "./log-out/endpoints.ts";
import { mailboxEndpoints } from "./mailbox/endpoints.ts";
import { passkeyEndpoints } from "./passkeys/endpoints.ts";
import { resetEndpoints } from "./reset/endpoints.ts";
import { signUpEndpoints } from "./sign-up/endpoints.ts";

/** The endpoints of all account pages, their forms and their scripts. */
export const peopleEndpoints: readonly Endpoint[] = [
  ...interactionEndpoints,
  ...deviceEndpoints,
  ...logInEndpoints,
  ...logOutEndpoints,
  ...signUpEndpoints,
  ...resetEndpoints,
  ...accountEndpoints,
  ...passkeyEndpoints,
  ...mailboxEndpoints,
];
