/** Setting a password anew by mail. */
import { formPage } from "../form-endpoint.ts";
import { emailField, newPasswordField } from "../form-fields.ts";
import { linkParams } from "../mail-link.ts";
import { keepFields } from "../other-ways.ts";

const load = () => import("./handlers.ts");

/** Setting a password anew by mail. */
export const resetEndpoints = [
  ...formPage({
    path: "/reset",
    underName: "browsers",
    fields: { email: emailField },
    example: { email: "ada@example.com" },
    leadsOn: false,
    read: {
      operationId: "showReset",
      summary: "Page to have a link mailed",
      description: "The form for those who do not know their password any more.",
    },
    send: {
      operationId: "requestReset",
      attempt: "reset",
      summary: "Have a link for a new password mailed",
      description: "Mails a link to the account's e-mail. The answer is the same where there is no such account.",
      problems: ["quota-exceeded"],
    },
    show: async (visit) => (await load()).showReset(visit),
    submit: async (call) => (await load()).submitReset(call),
  }),
  ...formPage({
    path: "/reset/{token}",
    underName: "browsers",
    params: linkParams,
    fields: { password: newPasswordField, ...keepFields },
    example: { password: "nine unusual herons" },
    leadsOn: false,
    onward: { href: "/reset", label: "Ask for a new link" },
    read: {
      operationId: "showNewPassword",
      summary: "Page to choose a new password",
      description: "What the link in the mail opens. Opening it changes nothing.",
    },
    send: {
      operationId: "resetPassword",
      attempt: "reset",
      summary: "Set a new password",
      description:
        "Sets the password by the link, and ends every other way into the account: log-ins, what apps may do, and the passkeys and API keys that the form does not keep.",
    },
    show: async (visit) => (await load()).showNewPassword(visit),
    submit: async (call) => (await load()).submitNewPassword(call),
  }),
];
