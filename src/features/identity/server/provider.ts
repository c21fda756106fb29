/**
 * oidc-provider as the service runs it: one instance per issuer and signing key in an isolate, loaded with the first
 * request that needs it. Its errors go to the request's log line. The caller rethrows unexpected errors.
 */
import { type Context, Provider } from "oidc-provider";
import { Overtaken } from "./adapter.ts";
import { nameUnauthorizedClients } from "./client-errors.ts";
import { compareSecret } from "./clients.ts";
import { configurationOf, type ProviderSetup } from "./configuration.ts";
import { currentExchange } from "./exchange.ts";
import { nameGrantedScopes } from "./granted-scope.ts";
import { answerForStructuredTokens } from "./structured-tokens.ts";

const FAILURES = [
  "authorization.error",
  "device_authorization.error",
  "grant.error",
  "introspection.error",
  "pushed_authorization_request.error",
  "revocation.error",
];

/** A deployment has one origin, and two keys during a rotation. Tests have several origins. */
const REMEMBERED = 4;

const providers = new Map<string, Provider>();

/** Caches only completed providers, never pending ones, so other requests do not wait for a cancelled request. */
export async function providerFor(setup: ProviderSetup): Promise<Provider> {
  const { origin, key, settings } = setup;
  const name = [origin, key.kid, settings.dpopNonces, settings.secret].join("\n");
  const known = providers.get(name);
  if (known !== undefined) return known;
  const made = await makeProvider(setup);
  const [oldest] = providers.keys();
  if (oldest !== undefined && providers.size >= REMEMBERED) providers.delete(oldest);
  providers.set(name, made);
  return made;
}

async function makeProvider(setup: ProviderSetup): Promise<Provider> {
  const provider = new Provider(setup.origin, await configurationOf(setup));
  // The service sets `X-Forwarded-*` itself: see bridge.ts.
  provider.proxy = true;
  provider.Client.prototype.compareClientSecret = compareSecret;
  provider.use(noteParties);
  provider.use(answerForStructuredTokens);
  provider.use(nameUnauthorizedClients);
  provider.use(nameGrantedScopes);
  for (const event of FAILURES) provider.on(event, noteFailure);
  provider.on("server_error", noteFault);
  return provider;
}

/** Logs the client and the account of the request, on success and failure, as far as the library has found them. */
async function noteParties(context: Context, next: () => Promise<void>): Promise<void> {
  try {
    await next();
  } finally {
    const {
      context: { log },
      actingAccount,
    } = currentExchange();
    const { client, account, session, entities = {}, route } = context.oidc ?? {};
    const { AuthorizationCode, DeviceCode, RefreshToken } = entities;
    // The client that introspects a token can differ from the token's client.
    const presented = route === "introspection" ? undefined : (AuthorizationCode ?? DeviceCode ?? RefreshToken);
    log["client.id"] ??= client?.clientId;
    log["user.id"] ??= actingAccount?.id ?? account?.accountId ?? presented?.accountId ?? session?.accountId;
  }
}

function noteFailure(_context: Context, { error }: { readonly error?: string }): void {
  if (error !== undefined) currentExchange().context.log["oauth.error"] = error;
}

function noteFault(_context: Context, error: Error): void {
  const exchange = currentExchange();
  if (error instanceof Overtaken) exchange.isOvertaken = true;
  else exchange.fault ??= error;
}
