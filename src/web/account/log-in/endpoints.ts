/** Logging in. */
import { formPage } from "../form-endpoint.ts";
import { challengeField, emailField, passwordField } from "../form-fields.ts";

const load = () => import("./handlers.ts");

/** What the form of a log-in has. */
export const logInFields = { email: emailField, password: passwordField, ...challengeField };
/** A log-in that works on a local server. */
export const LOG_IN_EXAMPLE = { email: "ada@example.com", password: "tall-lamp-under-quiet-stairs" };

/** What stands between a password and whoever tries many. */
export const ATTEMPT_PROBLEMS = ["challenge-required", "quota-exceeded"] as const;

/** Logging in. */
export const logInEndpoints = [
  ...formPage({
    path: "/login",
    underName: "browsers",
    fields: logInFields,
    example: LOG_IN_EXAMPLE,
    leadsOn: false,
    read: {
      operationId: "showLogIn",
      summary: "Page to log in",
      description: "The form to log in with e-mail and password; with a passkey where the browser can.",
    },
    send: {
      operationId: "logIn",
      attempt: "login",
      summary: "Log in",
      description:
        "Logs the browser in and leads to the account. A wrong password, an unknown account and one whose e-mail is not confirmed are answered alike. After 5 failures a challenge has to be solved, after 20 there is a wait.",
      problems: ATTEMPT_PROBLEMS,
    },
    show: async (visit) => (await load()).showLogIn(visit),
    submit: async (call) => (await load()).submitLogIn(call),
  }),
];
