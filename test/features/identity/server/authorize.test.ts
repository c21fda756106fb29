/** Invalid authorization requests: the error for the client, or for the person. */
import { beforeAll, describe, expect, it } from "vitest";
import { Problem } from "#core/http/problem.ts";
import {
  authorizationOf,
  Browser,
  CHALLENGE,
  errorOf,
  locationOf,
  ORIGIN,
  REDIRECT,
  seed,
  startServer,
} from "./support.ts";

beforeAll(seed, 60_000);

const server = startServer();
const authorizationUrl = (overrides = {}) => `/oauth/authorize?${new URLSearchParams(authorizationOf(overrides))}`;

describe("an invalid request", () => {
  it.each([
    ["without a code challenge", { code_challenge: undefined, code_challenge_method: undefined }, "invalid_request"],
    ["with the plain method", { code_challenge: CHALLENGE, code_challenge_method: "plain" }, "invalid_request"],
    ["without a challenge method", { code_challenge_method: undefined }, "invalid_request"],
    ["for an implicit token", { response_type: "token" }, "unsupported_response_type"],
    [
      "for an ID token from the authorization endpoint",
      { response_type: "code id_token", nonce: "n" },
      "unsupported_response_type",
    ],
    ["with the response mode form_post", { response_mode: "form_post" }, "unsupported_response_mode"],
    ["for another API", { resource: "https://other.example.test" }, "invalid_target"],
    ["for unknown scopes only", { scope: "everything" }, "invalid_scope"],
    ["with a request object", { request: "eyJhbGciOiJub25lIn0.e30." }, "request_not_supported"],
    ["with the prompt `none` and without a session", { prompt: "none" }, "login_required"],
  ])("J03 %s redirects with an error, state and iss", async (_, overrides, error) => {
    const back = locationOf(await new Browser(server).open(authorizationUrl(overrides)));
    expect(back.origin + back.pathname).toBe(REDIRECT);
    expect(Object.fromEntries(answerIn(back))).toMatchObject({ error, state: "a state", iss: ORIGIN });
  });

  it.each([
    ["to an unregistered redirect URI", { redirect_uri: "http://127.0.0.1/other" }],
    ["to a registered redirect URI with a query added", { redirect_uri: "https://app.example.test/callback?x=1" }],
    [
      "to another port of a host that is not a loopback address",
      { redirect_uri: "https://app.example.test:444/callback" },
    ],
    ["without a redirect URI", { redirect_uri: undefined }],
    ["of an unknown client", { client_id: "nobody" }],
    ["without a client", { client_id: undefined }],
  ])("J03 %s returns 400 to the person and does not redirect", async (_, overrides) => {
    const failure = await new Browser(server).open(authorizationUrl(overrides)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Problem);
    expect(failure).toMatchObject({ type: "malformed-request", status: 400 });
  });

  it("J03 a password grant is refused", async () => {
    const form = { grant_type: "password", client_id: "app", username: "ada", password: "x" };
    const response = await server.post("/oauth/token", form);
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toBe("unsupported_grant_type");
  });
});

/** The response parameters. For tokens from the authorization endpoint they are in the fragment (OAuth 2.0 Multiple Response Types). */
function answerIn(back: URL): URLSearchParams {
  return back.hash === "" ? back.searchParams : new URLSearchParams(back.hash.slice(1));
}
