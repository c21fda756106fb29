/** The account of whoever is logged in. */
import { formEndpoint, formPage, pageEndpoint } from "../form-endpoint.ts";
import { challengeField, newPasswordField, passwordField, textField } from "../form-fields.ts";
import { ATTEMPT_PROBLEMS } from "../log-in/endpoints.ts";
import { removeFields } from "../other-ways.ts";

const load = () => import("./handlers.ts");
const loadAccess = () => import("./access.ts");
const loadPassword = () => import("./password.ts");

/** The account of whoever is logged in. */
export const accountEndpoints = [
  pageEndpoint({
    path: "/account",
    underName: "all",
    operationId: "showAccount",
    summary: "Page of one's own account",
    description:
      "Name, e-mail, passkeys, connected apps, API keys and sign-ins of the person who is logged in; leads others to the log-in.",
    leadsOn: true,
    show: async (visit) => (await load()).showAccount(visit),
  }),
  formEndpoint({
    path: "/account/sign-out-everywhere",
    operationId: "signOutEverywhere",
    summary: "Log out everywhere",
    description:
      "Ends all sign-ins of the account, and what apps may do in its name: their tokens are refused from now on. Passkeys and API keys stay, unless the form removes them.",
    fields: removeFields,
    example: {},
    show: async (visit) => (await load()).showAccount(visit),
    submit: async (call) => (await load()).submitSignOutEverywhere(call),
  }),
  formEndpoint({
    path: "/account/apps/remove",
    operationId: "removeApp",
    summary: "Remove a connected app",
    description:
      "Ends what an app may do for the person who is logged in: its codes, its tokens, and the API keys that were made through it.",
    fields: { client_id: textField(64, "The app's `client_id`.", { pattern: "^[A-Za-z0-9._~-]+$" }) },
    example: { client_id: "demo-app" },
    show: async (visit) => (await load()).showAccount(visit),
    submit: async (call) => (await loadAccess()).submitAppRemoval(call),
  }),
  formEndpoint({
    path: "/account/api-keys/revoke",
    operationId: "revokeApiKeyByForm",
    summary: "Revoke an API key of one's own account",
    description: "Ends an API key of the person who is logged in, and each of its secrets, at once.",
    fields: { id: textField(64, "The key's id.", { pattern: "^key_[0-9a-z]+$" }) },
    example: { id: "key_01hk31c5g0f8ga5k2m3n4p5q6r" },
    show: async (visit) => (await load()).showAccount(visit),
    submit: async (call) => (await loadAccess()).submitKeyRevocation(call),
  }),
  ...formPage({
    path: "/account/password",
    underName: "all",
    fields: { current: passwordField, password: newPasswordField, ...removeFields, ...challengeField },
    example: { current: "tall-lamp-under-quiet-stairs", password: "nine unusual herons" },
    leadsOn: true,
    read: {
      operationId: "showPasswordChange",
      summary: "Page to change one's password",
      description: "The form to change the password of whoever is logged in; leads others to the log-in.",
    },
    send: {
      operationId: "changePassword",
      attempt: "login",
      summary: "Change one's password",
      description:
        "Takes the current password and the new one. Ends all other sign-ins of the account and what apps may do in its name. Passkeys and API keys stay, unless the form removes them.",
      problems: ATTEMPT_PROBLEMS,
    },
    show: async (visit) => (await loadPassword()).showPassword(visit),
    submit: async (call) => (await loadPassword()).submitPassword(call),
  }),
];
