/** The endpoints to connect a device by the code that it shows (RFC 8628 section 3.3). */
import { z } from "@hono/zod-openapi";
import { formPage } from "../form-endpoint.ts";
import { challengeField, emailField, NOT_BLANK, passwordField, textField } from "../form-fields.ts";
import { agreedFields } from "../interaction/agreed-fields.ts";
import { ATTEMPT_PROBLEMS } from "../log-in/endpoints.ts";

const load = () => import("./handlers.ts");

/** The endpoints to connect a device by the code that it shows. */
export const deviceEndpoints = formPage({
  path: "/oauth/device",
  fields: {
    user_code: textField(64, "The code that the device shows, as the person typed it.", {
      pattern: NOT_BLANK,
    }).optional(),
    email: emailField.optional(),
    password: passwordField.optional(),
    ...challengeField,
    ...agreedFields,
    decision: z
      .enum(["allow", "deny", "switch"])
      .optional()
      .openapi({ description: "The decision of the person. `switch` starts again with another account." }),
  },
  example: { user_code: "BCDF-GHJK" },
  leadsOn: false,
  onward: { href: "/oauth/device", label: "Enter a code" },
  read: {
    operationId: "showDevice",
    summary: "Device page",
    description:
      "Shows the form for the code that a device shows. After a valid code, asks the person to allow or deny the request of the device. `user_code` in the query fills in the form. Opening the page does not count as an attempt.",
  },
  send: {
    operationId: "letDeviceIn",
    attempt: "login",
    summary: "Allow or deny a device",
    description:
      "Takes the code that a device shows, and then the decision to allow or deny its request. An account can send 20 wrong codes per hour.",
    problems: ATTEMPT_PROBLEMS,
  },
  show: async (visit) => (await load()).showDevice(visit),
  submit: async (call) => (await load()).submitDevice(call),
});
