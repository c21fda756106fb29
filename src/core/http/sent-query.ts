/**
 * Query parameters under the service's own names. A format may have other names for some parameters; faults and links
 * then use the names that the client sent. Pure.
 */

/** The parsed query parameters of a request. */
export interface SentQuery {
  /** The parameters under the service's names. A parameter that was sent under two names appears twice. */
  readonly parameters: URLSearchParams;
  /** The fieldsets by resource type. Empty text selects no members. */
  readonly fieldsets: ReadonlyMap<string, string>;
  /** The name that the client uses for a parameter. */
  nameOf(parameter: string): string;
}

/** The parameters as sent, for clients that use the service's names. */
export function sentAsNamed(parameters: URLSearchParams): SentQuery {
  return { parameters, fieldsets: new Map(), nameOf: (parameter) => parameter };
}
