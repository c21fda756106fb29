/** The steps of an authorization that a person takes: logging in, and consent. */
import { z } from "@hono/zod-openapi";
import { formPage } from "../form-endpoint.ts";
import { challengeField, emailField, passwordField } from "../form-fields.ts";
import { ATTEMPT_PROBLEMS, LOG_IN_EXAMPLE } from "../log-in/endpoints.ts";
import { credentialField, onwardAnswer, PASSKEY_EXAMPLE } from "../passkeys/fields.ts";
import { scriptEndpoint } from "../script-endpoint.ts";
import { agreedFields } from "./agreed-fields.ts";
import { interactionParams } from "./params.ts";

const load = () => import("./handlers.ts");

/** The steps of an authorization that a person takes. */
export const interactionEndpoints = [
  ...formPage({
    path: "/oauth/interaction/{uid}",
    params: interactionParams,
    fields: {
      email: emailField.optional(),
      password: passwordField.optional(),
      ...challengeField,
      ...agreedFields,
      decision: z
        .enum(["allow", "deny", "switch"])
        .optional()
        .openapi({ description: "What the person answers to the app; `switch` begins again with another account." }),
    },
    example: LOG_IN_EXAMPLE,
    leadsOn: true,
    onward: { href: "/account", label: "Your account" },
    read: {
      operationId: "showInteraction",
      summary: "Page of a step of an authorization",
      description:
        "The form to log in, or the question whether an app may do what it asks for. Belongs to the browser that started the authorization; missing for every other. Leads on where the person is logged in already.",
    },
    send: {
      operationId: "takeInteractionStep",
      attempt: "login",
      summary: "Take a step of an authorization",
      description: "Logs in, or answers the app, and leads on with the authorization.",
      problems: ATTEMPT_PROBLEMS,
    },
    show: async (visit) => (await load()).showInteraction(visit),
    submit: async (call) => (await load()).submitInteraction(call),
  }),
  scriptEndpoint({
    operationId: "logInByPasskeyInInteraction",
    attempt: "login",
    path: "/oauth/interaction/{uid}/passkey",
    params: interactionParams,
    summary: "Log in with a passkey in an authorization",
    description: "Logs in with a passkey, and says where to go on with the authorization.",
    name: "InteractionPasskeyInput",
    fields: { credential: credentialField },
    example: PASSKEY_EXAMPLE,
    answer: onwardAnswer("/oauth/authorize/u7Gq2ZxRk0pYb1cVnH5sWdTfE9aLmQoX3iJrK8MvBzC"),
    give: async (call) => (await load()).logInWithPasskey(call),
  }),
];
