/** Letting a device in by the code that it shows (RFC 8628 section 3.3). */
import { z } from "@hono/zod-openapi";
import { formPage } from "../form-endpoint.ts";
import { challengeField, emailField, NOT_BLANK, passwordField, textField } from "../form-fields.ts";
import { agreedFields } from "../interaction/agreed-fields.ts";
import { ATTEMPT_PROBLEMS } from "../log-in/endpoints.ts";

const load = () => import("./handlers.ts");

/** Letting a device in by the code that it shows. */
export const deviceEndpoints = formPage({
  path: "/oauth/device",
  fields: {
    user_code: textField(64, "What the device shows, as it was typed.", { pattern: NOT_BLANK }).optional(),
    email: emailField.optional(),
    password: passwordField.optional(),
    ...challengeField,
    ...agreedFields,
    decision: z
      .enum(["allow", "deny", "switch"])
      .optional()
      .openapi({ description: "What the person answers to the device; `switch` begins again with another account." }),
  },
  example: { user_code: "BCDF-GHJK" },
  leadsOn: false,
  onward: { href: "/oauth/device", label: "Enter a code" },
  read: {
    operationId: "showDevice",
    summary: "Page to let a device in",
    description:
      "The form for the code that a device shows, and, after the form was sent, the question whether the device may do what it asks for. `user_code` in the query fills the form in. Opening the page spends no attempt.",
  },
  send: {
    operationId: "letDeviceIn",
    attempt: "login",
    summary: "Let a device in, or not",
    description:
      "Takes the code that a device shows, and then the answer whether the device may do what it asks for. An account may send 20 wrong codes an hour.",
    problems: ATTEMPT_PROBLEMS,
  },
  show: async (visit) => (await load()).showDevice(visit),
  submit: async (call) => (await load()).submitDevice(call),
});
