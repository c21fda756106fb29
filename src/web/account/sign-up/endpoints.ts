/** The endpoints to sign up and to confirm an email address. */
import { formPage, pageEndpoint } from "../form-endpoint.ts";
import {
  challengeField,
  emailField,
  MAX_NAME,
  NOT_BLANK,
  newPasswordField,
  passwordField,
  textField,
} from "../form-fields.ts";
import { ATTEMPT_PROBLEMS } from "../log-in/endpoints.ts";
import { linkParams } from "../mail-link.ts";

const load = () => import("./handlers.ts");
const loadDeadLink = () => import("./dead-link.ts");

/** The endpoints to sign up and to confirm an email address. */
export const signUpEndpoints = [
  ...formPage({
    path: "/sign-up",
    underName: "browsers",
    fields: {
      name: textField(MAX_NAME, "The name of the person.", { pattern: NOT_BLANK }),
      email: emailField,
      password: newPasswordField,
    },
    example: { name: "Ada Lovelace", email: "ada.lovelace@example.com", password: "nine unusual herons" },
    leadsOn: false,
    isOffered: ({ signUp }) => signUp === "open",
    onward: { href: "/login", label: "Sign in" },
    read: {
      operationId: "showSignUp",
      summary: "Sign-up page",
      description: "Shows the form to create an account. Returns 404 if sign-up is closed.",
      problems: ["not-found"],
    },
    send: {
      operationId: "signUp",
      attempt: "sign-up",
      summary: "Sign up",
      description:
        "Creates an account and emails a link to confirm the address. The account cannot be used before that. The response is the same if the address already has an account.",
      problems: ["not-found", "quota-exceeded"],
    },
    show: async (visit) => (await load()).showSignUp(visit),
    submit: async (call) => (await load()).submitSignUp(call),
  }),
  ...formPage({
    path: "/verify/{token}",
    underName: "browsers",
    params: linkParams,
    fields: { password: passwordField, ...challengeField },
    example: { password: "nine unusual herons" },
    leadsOn: false,
    onward: async (call) => (await loadDeadLink()).onwardFrom(call),
    read: {
      operationId: "showVerification",
      summary: "Email confirmation page",
      description: "The page that the link in the email opens. Opening it changes nothing.",
    },
    send: {
      operationId: "verifyEmail",
      attempt: "confirm",
      summary: "Confirm an email address",
      description:
        "Confirms the email address of an account with the link and the password chosen at sign-up. Signs the browser in.",
      problems: ATTEMPT_PROBLEMS,
    },
    show: async (visit) => (await load()).showVerify(visit),
    submit: async (call) => (await load()).submitVerify(call),
  }),
  pageEndpoint({
    path: "/check-mail",
    underName: "browsers",
    operationId: "showCheckMail",
    summary: "Check-your-email page",
    description: "The page after a form that sends an email. It is the same whether an email was sent or not.",
    leadsOn: false,
    show: async (visit) => (await load()).showCheckMail(visit),
  }),
];
