/** Passkeys: adding, removing, and logging in with one. */
import { z } from "@hono/zod-openapi";
import { formEndpoint } from "../form-endpoint.ts";
import { BASE64URL, NOT_BLANK, textField } from "../form-fields.ts";
import { scriptEndpoint } from "../script-endpoint.ts";
import { credentialField, onwardAnswer, PASSKEY_EXAMPLE } from "./fields.ts";

const load = () => import("./handlers.ts");
const loadAccount = () => import("../account/handlers.ts");

const CHALLENGE = "PqN2b1nFbbxkCPKf9lHgq1nWcVbE7zJ2Yw5mT0rX8Lk";

/** The names are WebAuthn's own. */
const optionsSchema = z
  .looseObject({
    challenge: z.string().max(1024).openapi({ pattern: BASE64URL, description: "What the passkey has to sign." }),
  })
  .openapi("PasskeyOptions", {
    description: "What `PublicKeyCredential` makes its options of (Web Authentication Level 3 section 5.1).",
  });

/** Adding and removing passkeys, and logging in with one. */
export const passkeyEndpoints = [
  scriptEndpoint({
    operationId: "beginPasskey",
    path: "/account/passkeys/options",
    summary: "Begin to add a passkey",
    description: "The options with which the browser makes a passkey for whoever is logged in, good for 5 minutes.",
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
    description: "Adds the passkey that the browser made. The log-in must be less than 15 minutes ago.",
    name: "PasskeyInput",
    fields: {
      credential: credentialField,
      name: textField(64, "What the person calls it.", { pattern: NOT_BLANK }),
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
    description: "Removes a passkey of whoever is logged in: it lets nobody in any more.",
    fields: { id: textField(1024, "The passkey's id.", { pattern: BASE64URL }) },
    example: { id: "3pN2b1nFbbxkCPKf9lHgqw" },
    show: async (visit) => (await loadAccount()).showAccount(visit),
    submit: async (call) => (await load()).submitRemoval(call),
  }),
  scriptEndpoint({
    operationId: "beginPasskeyLogIn",
    attempt: "login",
    path: "/login/passkey/options",
    summary: "Begin to log in with a passkey",
    description: "The options with which the browser asks for a passkey, whoever's it is, good for 5 minutes.",
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
    summary: "Log in with a passkey",
    description: "Logs the browser in, and says where to go on.",
    name: "PasskeyLogInInput",
    fields: { credential: credentialField },
    example: PASSKEY_EXAMPLE,
    answer: onwardAnswer("/account"),
    give: async (call) => (await load()).logInWithPasskey(call),
  }),
];
