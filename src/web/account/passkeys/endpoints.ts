/** The endpoints to add and remove passkeys, and to sign in with a passkey. */
import { z } from "@hono/zod-openapi";
import { formEndpoint } from "../form-endpoint.ts";
import { BASE64URL, NOT_BLANK, textField } from "../form-fields.ts";
import { scriptEndpoint } from "../script-endpoint.ts";
import { credentialField, onwardAnswer, PASSKEY_EXAMPLE } from "./fields.ts";

const load = () => import("./handlers.ts");
const loadAccount = () => import("../account/handlers.ts");

const CHALLENGE = "PqN2b1nFbbxkCPKf9lHgq1nWcVbE7zJ2Yw5mT0rX8Lk";

/** The member names come from WebAuthn. */
const optionsSchema = z
  .looseObject({
    challenge: z
      .string()
      .max(1024)
      .openapi({ pattern: BASE64URL, description: "The challenge that the passkey signs." }),
  })
  .openapi("PasskeyOptions", {
    description:
      "The JSON that `PublicKeyCredential` parses into its options (Web Authentication Level 3 section 5.1).",
  });

/** The endpoints to add and remove passkeys, and to sign in with a passkey. */
export const passkeyEndpoints = [
  scriptEndpoint({
    operationId: "beginPasskey",
    path: "/account/passkeys/options",
    summary: "Start adding a passkey",
    description:
      "Returns the options with which the browser creates a passkey for the signed-in person. They are valid for 5 minutes.",
    name: "PasskeyOptionsInput",
    fields: {},
    example: {},
    answer: { schema: optionsSchema, example: { challenge: CHALLENGE, rp: { id: "api.example.com", name: "Sluice" } } },
    give: async (call) => (await load()).giveRegistrationOptions(call),
  }),
  scriptEndpoint({
    operationId: "addPasskey",
    path: "/account/passkeys",
    summary: "Add a passkey",
    description:
      "Adds the passkey that the browser created. The person must have signed in within the last 15 minutes.",
    name: "PasskeyInput",
    fields: {
      credential: credentialField,
      name: textField(64, "The name that the person gives to the passkey.", { pattern: NOT_BLANK }),
    },
    example: { ...PASSKEY_EXAMPLE, name: "Ada's laptop" },
    answer: onwardAnswer("/account?notice=passkey-added"),
    problems: ["conflict"],
    give: async (call) => (await load()).keepPasskey(call),
  }),
  formEndpoint({
    operationId: "removePasskey",
    path: "/account/passkeys/remove",
    summary: "Remove a passkey",
    description: "Removes a passkey of the signed-in person. It can no longer be used to sign in.",
    fields: { id: textField(1024, "The id of the passkey.", { pattern: BASE64URL }) },
    example: { id: "3pN2b1nFbbxkCPKf9lHgqw" },
    show: async (visit) => (await loadAccount()).showAccount(visit),
    submit: async (call) => (await load()).submitRemoval(call),
  }),
  scriptEndpoint({
    operationId: "beginPasskeyLogIn",
    attempt: "login",
    path: "/login/passkey/options",
    summary: "Start signing in with a passkey",
    description:
      "Returns the options with which the browser requests a passkey of any account. They are valid for 5 minutes.",
    name: "PasskeyLogInOptionsInput",
    fields: {},
    example: {},
    answer: { schema: optionsSchema, example: { challenge: CHALLENGE, rpId: "api.example.com" } },
    give: async (call) => (await load()).giveLogInOptions(call),
  }),
  scriptEndpoint({
    operationId: "logInByPasskey",
    attempt: "login",
    path: "/login/passkey",
    summary: "Sign in with a passkey",
    description: "Signs the browser in and returns the URL of the next page.",
    name: "PasskeyLogInInput",
    fields: { credential: credentialField },
    example: PASSKEY_EXAMPLE,
    answer: onwardAnswer("/account"),
    give: async (call) => (await load()).logInWithPasskey(call),
  }),
];
