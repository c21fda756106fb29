/** Making an account, and confirming its e-mail. */
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

/** Making an account, and confirming its e-mail. */
export const signUpEndpoints = [
  ...formPage({
    path: "/sign-up",
    underName: "browsers",
    fields: {
      name: textField(MAX_NAME, "What the person is called.", { pattern: NOT_BLANK }),
      email: emailField,
      password: newPasswordField,
    },
    example: { name: "Ada Lovelace", email: "ada.lovelace@example.com", password: "nine unusual herons" },
    leadsOn: false,
    isOffered: ({ signUp }) => signUp === "open",
    onward: { href: "/login", label: "Log in" },
    read: {
      operationId: "showSignUp",
      summary: "Page to sign up",
      description: "The form to make an account. Missing where the operators closed it.",
      problems: ["not-found"],
    },
    send: {
      operationId: "signUp",
      attempt: "sign-up",
      summary: "Sign up",
      description:
        "Makes an account that cannot be used until its e-mail is confirmed, and mails the link for it. The answer is the same where the e-mail has an account already.",
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
      summary: "Page to confirm an e-mail",
      description: "What the link in the mail opens. Opening it changes nothing.",
    },
    send: {
      operationId: "verifyEmail",
      attempt: "confirm",
      summary: "Confirm an e-mail",
      description: "Confirms the e-mail of an account, by the link and the password chosen at sign-up, and logs in.",
      problems: ATTEMPT_PROBLEMS,
    },
    show: async (visit) => (await load()).showVerify(visit),
    submit: async (call) => (await load()).submitVerify(call),
  }),
  pageEndpoint({
    path: "/check-mail",
    underName: "browsers",
    operationId: "showCheckMail",
    summary: "Page that leads to the mailbox",
    description: "Follows on forms that send a mail, whether one was sent or not.",
    leadsOn: false,
    show: async (visit) => (await load()).showCheckMail(visit),
  }),
];
