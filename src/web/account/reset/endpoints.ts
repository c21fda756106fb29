/** The endpoints to reset a password by email. */
import { formPage } from "../form-endpoint.ts";
import { emailField, newPasswordField } from "../form-fields.ts";
import { linkParams } from "../mail-link.ts";
import { keepFields } from "../other-ways.ts";

const load = () => import("./handlers.ts");

/** The endpoints to reset a password by email. */
export const resetEndpoints = [
  ...formPage({
    path: "/reset",
    underName: "browsers",
    fields: { email: emailField },
    example: { email: "ada@example.com" },
    leadsOn: false,
    read: {
      operationId: "showReset",
      summary: "Password reset page",
      description: "Shows the form to request a link for a new password.",
    },
    send: {
      operationId: "requestReset",
      attempt: "reset",
      summary: "Request a password reset",
      description: "Emails a link to the address of the account. The response is the same if no such account exists.",
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
    onward: { href: "/reset", label: "Request a new link" },
    read: {
      operationId: "showNewPassword",
      summary: "New password page",
      description: "The page that the link in the email opens. Opening it changes nothing.",
    },
    send: {
      operationId: "resetPassword",
      attempt: "reset",
      summary: "Set a new password",
      description:
        "Sets the password with the link from the email. Ends all sign-ins of the account and the access of all apps. Removes the passkeys and API keys that the form does not keep.",
    },
    show: async (visit) => (await load()).showNewPassword(visit),
    submit: async (call) => (await load()).submitNewPassword(call),
  }),
];
