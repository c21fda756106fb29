/** The account of whoever is logged in. */
import { formEndpoint, formPage, pageEndpoint } from "../form-endpoint.ts";
import { challengeField, newPasswordField, passwordField } from "../form-fields.ts";
import { ATTEMPT_PROBLEMS } from "../log-in/endpoints.ts";

const load = () => import("./handlers.ts");
const loadPassword = () => import("./password.ts");

/** The account of whoever is logged in. */
export const accountEndpoints = [
  pageEndpoint({
    path: "/account",
    operationId: "showAccount",
    summary: "Page of one's own account",
    description: "Name, e-mail, passkeys and sign-ins of whoever is logged in; leads others to the log-in.",
    leadsOn: true,
    show: async (visit) => (await load()).showAccount(visit),
  }),
  formEndpoint({
    path: "/account/sign-out-everywhere",
    operationId: "signOutEverywhere",
    summary: "Log out everywhere",
    description:
      "Ends all sign-ins of the account, and what apps may do in its name: their tokens are refused from now on.",
    fields: {},
    example: {},
    show: async (visit) => (await load()).showAccount(visit),
    submit: async (call) => (await load()).submitSignOutEverywhere(call),
  }),
  ...formPage({
    path: "/account/password",
    fields: { current: passwordField, password: newPasswordField, ...challengeField },
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
        "Takes the present password and the new one. Ends all other sign-ins of the account and what apps may do in its name.",
      problems: ATTEMPT_PROBLEMS,
    },
    show: async (visit) => (await loadPassword()).showPassword(visit),
    submit: async (call) => (await loadPassword()).submitPassword(call),
  }),
];
