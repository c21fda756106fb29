/** The endpoints of the account page and the password page. */
import { formEndpoint, formPage, pageEndpoint } from "../form-endpoint.ts";
import { challengeField, newPasswordField, passwordField, textField } from "../form-fields.ts";
import { ATTEMPT_PROBLEMS } from "../log-in/endpoints.ts";
import { removeFields } from "../other-ways.ts";

const load = () => import("./handlers.ts");
const loadAccess = () => import("./access.ts");
const loadPassword = () => import("./password.ts");

/** The endpoints of the account page and the password page. */
export const accountEndpoints = [
  pageEndpoint({
    path: "/account",
    underName: "all",
    operationId: "showAccount",
    summary: "Account page",
    description:
      "Shows the name, email address, passkeys, connected apps, API keys and sign-ins of the signed-in person. Redirects everyone else to the sign-in page.",
    leadsOn: true,
    show: async (visit) => (await load()).showAccount(visit),
  }),
  formEndpoint({
    path: "/account/sign-out-everywhere",
    operationId: "signOutEverywhere",
    summary: "Sign out everywhere",
    description:
      "Ends all sign-ins of the account and the access of all apps; their tokens are refused from then on. Passkeys and API keys stay valid, unless the form removes them.",
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
      "Ends the access of an app to the account of the signed-in person. Revokes its codes, its tokens and the API keys created through it.",
    fields: { client_id: textField(64, "The `client_id` of the app.", { pattern: "^[A-Za-z0-9._~-]+$" }) },
    example: { client_id: "demo-app" },
    show: async (visit) => (await load()).showAccount(visit),
    submit: async (call) => (await loadAccess()).submitAppRemoval(call),
  }),
  formEndpoint({
    path: "/account/api-keys/revoke",
    operationId: "revokeApiKeyByForm",
    summary: "Revoke an API key on the account page",
    description: "Revokes an API key of the signed-in person and all of its secrets immediately.",
    fields: { id: textField(64, "The id of the API key.", { pattern: "^key_[0-9a-z]+$" }) },
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
      summary: "Password page",
      description:
        "Shows the form to change the password of the signed-in person. Redirects everyone else to the sign-in page.",
    },
    send: {
      operationId: "changePassword",
      attempt: "login",
      summary: "Change the password",
      description:
        "Takes the current password and the new one. Ends all other sign-ins of the account and the access of all apps. Passkeys and API keys stay valid, unless the form removes them.",
      problems: ATTEMPT_PROBLEMS,
    },
    show: async (visit) => (await loadPassword()).showPassword(visit),
    submit: async (call) => (await loadPassword()).submitPassword(call),
  }),
];
