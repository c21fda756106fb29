/** The endpoints of the steps that a person takes in an authorization: sign-in and consent. */
import { z } from "@hono/zod-openapi";
import { formPage } from "../form-endpoint.ts";
import { challengeField, emailField, passwordField } from "../form-fields.ts";
import { ATTEMPT_PROBLEMS, LOG_IN_EXAMPLE } from "../log-in/endpoints.ts";
import { credentialField, onwardAnswer, PASSKEY_EXAMPLE } from "../passkeys/fields.ts";
import { scriptEndpoint } from "../script-endpoint.ts";
import { agreedFields } from "./agreed-fields.ts";
import { interactionParams } from "./params.ts";

const load = () => import("./handlers.ts");

/** The endpoints of the steps that a person takes in an authorization. */
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
        .openapi({ description: "The decision of the person. `switch` starts again with another account." }),
    },
    example: LOG_IN_EXAMPLE,
    leadsOn: true,
    onward: { href: "/account", label: "Your account" },
    read: {
      operationId: "showInteraction",
      summary: "Authorization page",
      description:
        "Shows the sign-in form or the consent page of an app. Only the browser that started the authorization can open it; others get 404. Redirects if the person is already signed in.",
    },
    send: {
      operationId: "takeInteractionStep",
      attempt: "login",
      summary: "Submit a step of an authorization",
      description: "Signs in, or takes the decision about the app, and redirects to the next step.",
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
    summary: "Sign in with a passkey in an authorization",
    description: "Signs in with a passkey and returns the URL of the next step.",
    name: "InteractionPasskeyInput",
    fields: { credential: credentialField },
    example: PASSKEY_EXAMPLE,
    answer: onwardAnswer("/oauth/authorize/u7Gq2ZxRk0pYb1cVnH5sWdTfE9aLmQoX3iJrK8MvBzC"),
    give: async (call) => (await load()).logInWithPasskey(call),
  }),
];
