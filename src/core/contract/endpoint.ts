/**
 * endpoint() declares one operation once: contract, policy and handler. Routes, validation, OpenAPI documents and the
 * pipeline's stages are derived from it.
 */
import type { z } from "@hono/zod-openapi";
import type { Generation } from "#core/data/generation.ts";
import type { Problem } from "#core/http/problem.ts";
import type { AnyProblemType } from "#core/http/problem-types.ts";
import type { Ability } from "./ability.ts";
import type { Answer, DocumentAnswer, Validator } from "./answer.ts";
import type { RequestContext } from "./dependencies.ts";
import type { LimitStanding } from "./limit.ts";
import type { Policy } from "./policy.ts";
import type { Principal } from "./principal.ts";
import type { Members, Relation, Resource } from "./resource.ts";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

type ParameterSchema = z.ZodObject;
type Values<Schema extends ParameterSchema | undefined> = Schema extends ParameterSchema
  ? z.output<Schema>
  : Record<never, never>;

/** The body of a request, by kind. */
export type Body<Schema extends z.ZodObject = z.ZodObject> =
  | { readonly kind: "json"; readonly schema: Schema; readonly example: z.input<Schema> }
  | {
      /** A merge patch (RFC 7396) or JSON Patch (RFC 6902) of the resource's writable members. */
      readonly kind: "patch";
      readonly schema: Schema;
      readonly mergeExample: Partial<z.input<Schema>>;
      readonly patchExample: readonly PatchOperation[];
    }
  | {
      /** The form of a page, `application/x-www-form-urlencoded`: text fields, each at most once. */
      readonly kind: "form";
      readonly schema: Schema;
      readonly example: z.input<Schema>;
    };

export interface PatchOperation {
  readonly op: "add" | "remove" | "replace" | "move" | "copy" | "test";
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** The successful response of an operation. */
export type Success =
  | {
      readonly kind: "resource";
      readonly status: 200 | 201;
      readonly resource: Resource;
      /** Members that only this response shows, such as a new secret. */
      readonly once?: { readonly schema: z.ZodObject; readonly example: Readonly<Record<string, unknown>> };
    }
  | { readonly kind: "list"; readonly status: 200; readonly resource: Resource; readonly facets: readonly string[] }
  | { readonly kind: "empty"; readonly status: 204 }
  /** 303 See Other (RFC 9110 section 15.4.4): the redirect after a form. */
  | { readonly kind: "redirect"; readonly status: 303 }
  | {
      readonly kind: "document";
      readonly status: 200;
      readonly mediaType: string;
      readonly schema: z.ZodType;
      readonly example: unknown;
      /** Further statuses: 503 with the same content, such as a health report, or 303 with a redirect. */
      readonly also?: readonly (303 | 503)[];
    };

export interface Contract<
  P extends ParameterSchema | undefined,
  Q extends ParameterSchema | undefined,
  B extends Body | undefined,
> {
  /** camelCase, unique among all endpoints. */
  readonly operationId: string;
  readonly method: Method;
  /** An OpenAPI path template: `/v1/reviews/{id}`. */
  readonly path: `/${string}`;
  /** Set if the path is an alias: returns the canonical path of the resource. ETags are valid under both paths. */
  readonly aliasOf?: (principal: Principal) => string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  readonly params?: P;
  /** Unknown and repeated parameters are rejected. */
  readonly query?: Q;
  readonly body?: B;
  readonly success: Success;
  /**
   * The problems that the handler throws. The pipeline's own problems are added automatically. A module's own type that
   * is named here gets its page and its place in the documents.
   */
  readonly problems?: readonly AnyProblemType[];
}

/** The state that a guarded write starts from. `members` contains everything that the resource shows. */
export interface Current<Shown extends Members = Members> {
  readonly members: Shown;
  readonly validator: Validator;
  /** The version of the row. The write's batch must assert it. */
  readonly version: number;
}

/** A related resource in its current state, or in its last state before deletion. */
export interface Related {
  readonly members: Members;
  readonly isGone: boolean;
  readonly validator: Validator;
}

/** What `include` asks for across all resources of a response: a relation and the ids that it leads to. */
export interface Wanted {
  readonly relation: Relation;
  readonly ids: readonly string[];
}

/** The argument of a handler. `C` is the state that the endpoint's `current` loads, or undefined without `current`. */
export interface Call<P, Q, B, C extends Current | undefined = Current | undefined> extends RequestContext {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly current: C;
  readonly principal: Principal;
  readonly ability: Ability;
  /** The state of the limits that the request was charged to. Empty for an unmetered operation. */
  readonly standings: readonly LimitStanding[];
  /** The request's URL with the path in its canonical spelling. */
  readonly url: URL;
  /** The value of a request cookie, or undefined. */
  cookie(name: string): string | undefined;
  /**
   * The only request headers that a handler can read. They say which page sent the request, and which state the client
   * starts from.
   */
  header(name: "Origin" | "Sec-Fetch-Site" | "Sec-Fetch-Mode" | "If-Match" | "If-Unmodified-Since"): string | undefined;
  /** Creates a new TypeID. */
  newId(prefix: string): string;
}

/**
 * Returns the generation of a collection, at least as new as `atLeast`, which the client has already seen. It may be
 * slightly old if the endpoint's edge policy allows that.
 */
export type GenerationSource = (collection: string, atLeast?: number) => Promise<Generation>;

type BodyValue<B> = B extends { readonly schema: infer S extends z.ZodType } ? z.output<S> : undefined;

export interface Declaration<
  P extends ParameterSchema | undefined,
  Q extends ParameterSchema | undefined,
  B extends Body | undefined,
  C extends Current | undefined,
> {
  readonly contract: Contract<P, Q, B>;
  readonly policy: Policy;
  /**
   * The cheap validator of a list. The pipeline calls it first if it may make the handler unnecessary. A single
   * resource has none: only the loaded resource shows whether the caller may read it.
   */
  validator?(call: Call<Values<P>, Values<Q>, undefined>, generationOf: GenerationSource): Promise<Validator | null>;
  /** Loads the state that guards a write and that a patch is applied to. Null if the resource does not exist. */
  current?(call: Call<Values<P>, Record<string, unknown>, undefined>): Promise<NonNullable<C> | null>;
  /**
   * Loads what `include` embeds: one map of related resources by id for each entry of `wanted`. It needs one round
   * trip, whatever the number of resources. It does not check permissions.
   */
  related?(call: RequestContext, wanted: readonly Wanted[]): Promise<readonly ReadonlyMap<string, Related>[]>;
  /** Receives the state that `current` loads. A handler that needs it does not compile without `current`. */
  handler(call: Call<Values<P>, Values<Q>, BodyValue<B>, NoInfer<C>>): Promise<Answer>;
  /**
   * Renders a failure as HTML for clients that prefer it: the page of the form with its errors. Status and headers are
   * those of the problem. Default: a generic failure page.
   */
  failurePage?(call: Call<Values<P>, Values<Q>, undefined>, failed: FailedRequest): Promise<DocumentAnswer>;
}

/** The input of a failure page. */
export interface FailedRequest {
  readonly failure: Problem;
  /** The fields of the form as the client sent them. Empty if they could not be read. */
  readonly form: ReadonlyMap<string, string>;
  readonly correlationId: string;
}

/** The argument of any endpoint's functions. Its parameters and body were parsed with the endpoint's schemas. */
export type EndpointCall = Parameters<Endpoint["handler"]>[0];

/** Any endpoint, without the types of its parts. */
export type Endpoint = Declaration<
  ParameterSchema | undefined,
  ParameterSchema | undefined,
  Body | undefined,
  Current | undefined
>;

/** Declares an operation. It does not compile without a complete policy. */
export function endpoint<
  P extends ParameterSchema | undefined = undefined,
  Q extends ParameterSchema | undefined = undefined,
  B extends Body | undefined = undefined,
  C extends Current | undefined = undefined,
>(declaration: Declaration<P, Q, B, C>): Endpoint {
  return declaration;
}
