/**
 * Declares account pages and their forms. The handler of a form runs only if the form comes from this origin, and its
 * CSRF token belongs to the cookie of the browser. No response may be cached.
 */
import { z } from "@hono/zod-openapi";
import type { DocumentAnswer, RedirectAnswer } from "#core/contract/answer.ts";
import { type Call, type Endpoint, type EndpointCall, endpoint, type FailedRequest } from "#core/contract/endpoint.ts";
import { htmlExample, htmlPageSchema } from "#core/contract/html-page.ts";
import type { AttemptPolicy, Limit } from "#core/contract/limit.ts";
import type { Settings } from "#core/contract/settings.ts";
import { Problem, problem } from "#core/http/problem.ts";
import type { ProblemName } from "#core/http/problem-types.ts";
import { challenge } from "#features/identity/challenge.ts";
import { readBrowser } from "#features/identity/sign-ins/browser.ts";
import { checkCsrf, checkSameOrigin, csrfToken } from "#features/identity/sign-ins/csrf.ts";
import type { Onward } from "../failure-page.ts";
import { BASE64URL } from "./form-fields.ts";
import { type LedToName, urlUnderName } from "./host-name.ts";
import type { PersonalPage } from "./page.ts";
import type { LeadOn, Values, Visit } from "./visit.ts";

/** The tag of the account pages in the OpenAPI document. */
export const TAG = "Account pages";

const policy = { access: "public", cache: "no-store", precondition: "none", idempotency: "none" } as const;

/** The rate limit of a form or script request, which may also count as an attempt. */
export function limitOf(attempt: AttemptPolicy | undefined): Limit {
  return { cost: "read", ...(attempt === undefined ? {} : { also: [attempt] }) };
}

/** The hidden CSRF field of every form. */
export const csrfSchema = z.string().max(256).openapi({
  pattern: BASE64URL,
  description: "The CSRF token from the form of the page. It belongs to the cookie of the browser.",
});

type Show<P> = (visit: Visit<P>) => Promise<PersonalPage | LeadOn>;

interface Place<P extends z.ZodObject | undefined> {
  readonly path: `/${string}`;
  readonly params?: P;
  /** Whether this deployment has the page. Default: yes. */
  isOffered?(settings: Settings): boolean;
  /** Which requests are redirected from a loopback address to `localhost`, where passkeys work. Default: none. */
  readonly underName?: LedToName;
  /** The link on a failure page. A function if the link depends on the visitor. */
  readonly onward?: Onward | OnwardOf;
}

type OnwardOf = (call: EndpointCall) => Promise<Onward>;

interface Named {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly problems?: readonly ProblemName[];
  /** The attempt that the request counts as, such as a sign-in or an email. */
  readonly attempt?: AttemptPolicy;
}

interface Fields<P, F extends z.ZodRawShape> {
  /** The fields besides the CSRF token. */
  readonly fields: F;
  readonly example: z.input<z.ZodObject<F>>;
  submit(call: Call<Values<P>, unknown, z.output<z.ZodObject<F>>>): Promise<LeadOn>;
}

/** The declaration of a page. */
export interface PageDeclaration<P extends z.ZodObject | undefined> extends Place<P>, Named {
  readonly show: Show<P>;
  /** Whether the page can redirect instead. */
  readonly leadsOn: boolean;
}

/** The declaration of a form. */
export interface FormDeclaration<P extends z.ZodObject | undefined, F extends z.ZodRawShape>
  extends Place<P>,
    Named,
    Fields<P, F> {
  /** Shows the page again for a refused form. */
  readonly show: Show<P>;
}

/** Creates the endpoint of a page. */
export function pageEndpoint<P extends z.ZodObject | undefined = undefined>(declaration: PageDeclaration<P>): Endpoint {
  const { show, summary, leadsOn, underName } = declaration;
  return endpoint<z.ZodObject | undefined>({
    contract: {
      ...contractOf(declaration),
      method: "GET",
      success: {
        kind: "document",
        status: 200,
        mediaType: "text/html",
        schema: htmlPageSchema,
        example: htmlExample(summary),
        ...(leadsOn || underName !== undefined ? { also: [303] as const } : {}),
      },
    },
    policy: { ...policy, limit: { cost: "read" } },
    handler: async (call) => {
      refuseUnlessOffered(declaration, call.settings);
      const location = underName === undefined ? undefined : await urlUnderName(call, underName);
      if (location !== undefined) return leading({ location });
      const visit = await visitOf<P>(call);
      const shown = await show(visit);
      return "location" in shown ? leading(shown) : rendered(visit, shown);
    },
    failurePage: async (call, failed) => renderedFailure(await visitOf<P>(call), failed, declaration.onward),
  });
}

/** Creates the endpoint of a form. If the form is refused, the response shows its page again. */
export function formEndpoint<P extends z.ZodObject | undefined, F extends z.ZodRawShape>(
  declaration: FormDeclaration<P, F>,
): Endpoint {
  const { fields, example, show, onward } = declaration;
  const schema = z.strictObject({ csrf: csrfSchema.default(""), ...fields });
  return endpoint<z.ZodObject | undefined, undefined, { kind: "form"; schema: z.ZodObject; example: never }>({
    contract: {
      ...contractOf(declaration),
      method: "POST",
      body: { kind: "form", schema, example: { csrf: EXAMPLE_TOKEN, ...example } as never }, // together they match the schema
      success: { kind: "redirect", status: 303 },
    },
    policy: { ...policy, limit: limitOf(declaration.attempt) },
    handler: async (call) => {
      refuseUnlessOffered(declaration, call.settings);
      const sent = call as unknown as Parameters<typeof declaration.submit>[0]; // the schemas have parsed it
      return whenSentByPage(call, call.body["csrf"], async () => leading(await declaration.submit(sent)));
    },
    failurePage: async (call, failed) => {
      // A form that another site sent is not shown as if the person had filled it in.
      checkSameOrigin(senderOf(call), call.origin);
      const visit = await visitOf<P>(call);
      if (failed.failure.type === "not-found") return renderedFailure(visit, failed, onward);
      // If the page cannot be rendered, a simple form asks for the fields again.
      const shown = await show({ ...visit, attempt: failed }).catch(() => undefined);
      if (shown === undefined) return renderedRetry(visit, failed, fields);
      return "location" in shown ? renderedFailure(visit, failed, onward) : rendered(visit, shown);
    },
  });
}

/** Creates the endpoints of a page and its form, at one path. */
export function formPage<P extends z.ZodObject | undefined = undefined, F extends z.ZodRawShape = z.ZodRawShape>(
  declaration: Place<P> &
    Fields<P, F> & { readonly show: Show<P>; readonly leadsOn: boolean; readonly read: Named; readonly send: Named },
): readonly [Endpoint, Endpoint] {
  const { read, send, ...both } = declaration;
  return [pageEndpoint<P>({ ...both, ...read }), formEndpoint<P, F>({ ...both, ...send })];
}

/**
 * Runs `work` if the request comes from a page of this service in the browser that received the page.
 *
 * @throws forbidden for any other request
 */
export async function whenSentByPage<Done>(
  call: EndpointCall,
  token: unknown,
  work: () => Promise<Done>,
): Promise<Done> {
  checkSameOrigin(senderOf(call), call.origin);
  await checkCsrf(call, typeof token === "string" ? token : undefined);
  try {
    return await work();
  } catch (failure) {
    throw withChallenge(failure, call.origin);
  }
}

/** A 401 must have a challenge (RFC 9110 section 15.5.2), even if a person sent the request. */
function withChallenge(failure: unknown, origin: string): unknown {
  if (!(failure instanceof Problem) || failure.type !== "unauthorized") return failure;
  return problem("unauthorized", { detail: failure.detail, headers: challenge(origin), cause: failure });
}

function refuseUnlessOffered({ isOffered }: Place<z.ZodObject | undefined>, settings: Settings): void {
  if (isOffered?.(settings) === false) throw problem("not-found");
}

/** A CSRF token that belongs to no browser. */
export const EXAMPLE_TOKEN = "pT3XyqAqU4m1gqkA7f4m0cQYkz0nU8pW5cVY1r8vTn4";

function contractOf(declaration: Place<z.ZodObject | undefined> & Named) {
  const { path, operationId, summary, description, params, problems = [] } = declaration;
  return { operationId, path, tag: TAG, summary, description, problems, ...(params === undefined ? {} : { params }) };
}

function senderOf(call: Pick<EndpointCall, "header">): Pick<Headers, "get"> {
  return { get: (name) => (name === "Origin" || name === "Sec-Fetch-Site" ? call.header(name) : undefined) ?? null };
}

async function visitOf<P>(call: EndpointCall | Call<Record<string, unknown>, unknown, undefined>): Promise<Visit<P>> {
  const { id, cookie } = readBrowser(call);
  return {
    call: call as Visit<P>["call"], // the schema has parsed the parameters
    csrf: await csrfToken(call.settings.secret, id),
    cookies: cookie === undefined ? [] : [cookie],
  };
}

function leading({ location, cookies = [] }: LeadOn): RedirectAnswer {
  return { kind: "redirect", status: 303, location, cookies };
}

async function rendered<P>({ call, cookies }: Visit<P>, page: PersonalPage): Promise<DocumentAnswer> {
  const { renderPersonalPage } = await import("./page.ts");
  return { ...(await renderPersonalPage(page, call.settings.version)), cookies };
}

async function renderedFailure<P>(
  visit: Visit<P>,
  failed: FailedRequest,
  onward?: Onward | OnwardOf,
): Promise<DocumentAnswer> {
  const { failurePage } = await import("./page.ts");
  const next = typeof onward === "function" ? await onward(visit.call as unknown as EndpointCall) : onward; // with parameters of any type
  return rendered(visit, failurePage(failed.failure, failed.correlationId, next));
}

async function renderedRetry<P>(
  visit: Visit<P>,
  failed: FailedRequest,
  fields: z.ZodRawShape,
): Promise<DocumentAnswer> {
  const { retryPage } = await import("./retry-page.ts");
  return rendered(visit, retryPage(visit, failed, fields));
}
