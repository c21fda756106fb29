/**
 * endpoint(): one operation, declared once. Contract, policy and handler; routes, validation, documents and the
 * stages of the pipeline all come from it.
 */
import type { z } from "@hono/zod-openapi";
import type { Generation } from "#core/data/generation.ts";
import type { Problem } from "#core/http/problem.ts";
import type { ProblemName } from "#core/http/problem-types.ts";
import type { Ability } from "./ability.ts";
import type { Answer, DocumentAnswer, Validator } from "./answer.ts";
import type { Surroundings } from "./doors.ts";
import type { LimitStanding } from "./limit.ts";
import type { Policy } from "./policy.ts";
import type { Principal } from "./principal.ts";
import type { Members, Relation, Resource } from "./resource.ts";

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

type ParameterSchema = z.ZodObject;
type Values<Schema extends ParameterSchema | undefined> = Schema extends ParameterSchema
  ? z.output<Schema>
  : Record<never, never>;

/** A body in the operation's own terms. */
export type Body<Schema extends z.ZodObject = z.ZodObject> =
  | { readonly kind: "json"; readonly schema: Schema; readonly example: z.input<Schema> }
  | {
      /** Merge patch (RFC 7396) or JSON Patch (RFC 6902) of the resource's writable members. */
      readonly kind: "patch";
      readonly schema: Schema;
      readonly mergeExample: Partial<z.input<Schema>>;
      readonly patchExample: readonly PatchOperation[];
    }
  | {
      /** A page's form, `application/x-www-form-urlencoded`: each field once, and text. */
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

/** What an operation answers when it succeeds. */
export type Success =
  | {
      readonly kind: "resource";
      readonly status: 200 | 201;
      readonly resource: Resource;
      /** Members that only this answer shows, such as a new secret. */
      readonly once?: { readonly schema: z.ZodObject; readonly example: Readonly<Record<string, unknown>> };
    }
  | { readonly kind: "list"; readonly status: 200; readonly resource: Resource; readonly facets: readonly string[] }
  | { readonly kind: "empty"; readonly status: 204 }
  /** See Other (RFC 9110 section 15.4.4): where a form leads. */
  | { readonly kind: "redirect"; readonly status: 303 }
  | {
      readonly kind: "document";
      readonly status: 200;
      readonly mediaType: string;
      readonly schema: z.ZodType;
      readonly example: unknown;
      /** Further statuses: with the same content, such as a health report's 503, or leading on instead (303). */
      readonly also?: readonly (303 | 503)[];
    };

export interface Contract<
  P extends ParameterSchema | undefined,
  Q extends ParameterSchema | undefined,
  B extends Body | undefined,
> {
  /** camelCase, unique. */
  readonly operationId: string;
  readonly method: Method;
  /** An OpenAPI path template: `/v1/products/{id}`. */
  readonly path: `/${string}`;
  /** Where the path is another name of a resource's: that one, whose entity tags are good under both. */
  readonly aliasOf?: (principal: Principal) => string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  readonly params?: P;
  /** Unknown and repeated parameters are refused. */
  readonly query?: Q;
  readonly body?: B;
  readonly success: Success;
  /** Problems of the handler, beyond those that the pipeline's stages imply. */
  readonly problems?: readonly ProblemName[];
}

/** The state that a guarded write starts from. `members` are all that the resource shows. */
export interface Current<Shown extends Members = Members> {
  readonly members: Shown;
  readonly validator: Validator;
  /** The row's version, to be guarded in the write's batch. */
  readonly version: number;
}

/** A resource that another one names, as it is, or as it last was. */
export interface Related {
  readonly members: Members;
  readonly isGone: boolean;
  readonly validator: Validator;
}

/** What `include` asks for, of all resources of an answer together: a relation, and the ids that it leads to. */
export interface Wanted {
  readonly relation: Relation;
  readonly ids: readonly string[];
}

/** What a handler gets. `C` is what the endpoint's `current` finds, undefined where it declares none. */
export interface Call<P, Q, B, C extends Current | undefined = Current | undefined> extends Surroundings {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly current: C;
  readonly principal: Principal;
  readonly ability: Ability;
  /** How the limits stand that the request was charged to; none for an unmetered operation. */
  readonly standings: readonly LimitStanding[];
  /** The request's, its path in the one spelling that the contract gives it. */
  readonly url: URL;
  /** The value of a cookie of the request, where it has one of that name. */
  cookie(name: string): string | undefined;
  /**
   * What a browser says of where the request was made, and whether the client named the state it starts from: of all
   * headers, a handler sees these alone.
   */
  header(name: "Origin" | "Sec-Fetch-Site" | "Sec-Fetch-Mode" | "If-Match" | "If-Unmodified-Since"): string | undefined;
  /** Makes a new TypeID. */
  newId(prefix: string): string;
}

/**
 * Tells a collection's generation: one that is not older than `atLeast`, which the client has seen. It may be one that
 * was seen a moment ago, where the policy lets answers be that old.
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
   * The cheap validator of a list, asked before the handler when it may spare the handler. A single resource has
   * none: whether it may be read is known only when it is.
   */
  validator?(call: Call<Values<P>, Values<Q>, undefined>, generationOf: GenerationSource): Promise<Validator | null>;
  /** The state that a write is guarded by and a patch is applied to; null where there is none. */
  current?(call: Call<Values<P>, Record<string, unknown>, undefined>): Promise<NonNullable<C> | null>;
  /**
   * Loads what `include` embeds, for each of `wanted` what is there by id: all of it in one round trip, however many
   * resources the answer has. Who may read which is not its concern.
   */
  related?(call: Surroundings, wanted: readonly Wanted[]): Promise<readonly ReadonlyMap<string, Related>[]>;
  /** Gets what `current` found, and only that: one that needs a state does not compile without `current`. */
  handler(call: Call<Values<P>, Values<Q>, BodyValue<B>, NoInfer<C>>): Promise<Answer>;
  /**
   * How a failure is shown to a reader who prefers HTML: the page of a form, with what is wrong in it. The status and
   * the headers are the problem's. Without it, a failure is shown on a page of its own.
   */
  failurePage?(call: Call<Values<P>, Values<Q>, undefined>, failed: FailedRequest): Promise<DocumentAnswer>;
}

/** What a page that shows a failure is made from. */
export interface FailedRequest {
  readonly failure: Problem;
  /** The fields of the form as they were sent; empty where they could not be read. */
  readonly form: ReadonlyMap<string, string>;
  readonly correlationId: string;
}

/** What any endpoint's functions get: its parameters and body were parsed by its own schemas. */
export type EndpointCall = Parameters<Endpoint["handler"]>[0];

/** Any endpoint, its parts' types forgotten. */
export type Endpoint = Declaration<
  ParameterSchema | undefined,
  ParameterSchema | undefined,
  Body | undefined,
  Current | undefined
>;

/** Declares an operation. One without a policy, or with a policy that leaves something unsaid, does not compile. */
export function endpoint<
  P extends ParameterSchema | undefined = undefined,
  Q extends ParameterSchema | undefined = undefined,
  B extends Body | undefined = undefined,
  C extends Current | undefined = undefined,
>(declaration: Declaration<P, Q, B, C>): Endpoint {
  return declaration;
}
