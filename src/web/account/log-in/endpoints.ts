/** The endpoints of the sign-in page. */
import { formPage } from "../form-endpoint.ts";
import { challengeField, emailField, passwordField } from "../form-fields.ts";

const load = () => import("./handlers.ts");

/** The fields of the sign-in form. */
export const logInFields = { email: emailField, password: passwordField, ...challengeField };
/** The example of a sign-in. */
export const LOG_IN_EXAMPLE = { email: "ada@example.com", password: "tall-lamp-under-quiet-stairs" };

/** The problems that limit password guessing. */
export const ATTEMPT_PROBLEMS = ["challenge-required", "quota-exceeded"] as const;

/** The endpoints of the sign-in page. */
export const logInEndpoints = [
  ...formPage({
    path: "/login",
    underName: "browsers",
    fields: logInFields,
    example: LOG_IN_EXAMPLE,
    leadsOn: false,
    read: {
      operationId: "showLogIn",
      summary: "Sign-in page",
      description: "Shows the form to sign in with email and password, and with a passkey if the browser supports it.",
    },
    send: {
      operationId: "logIn",
      attempt: "login",
      summary: "Sign in",
      description:
        "Signs the browser in and redirects to the account page. The response is the same for a wrong password, an unknown account and an unconfirmed email address. After 5 failures, the service requires a challenge; after 20, a wait.",
      problems: ATTEMPT_PROBLEMS,
    },
    show: async (visit) => (await load()).showLogIn(visit),
    submit: async (call) => (await load()).submitLogIn(call),
  }),
];
