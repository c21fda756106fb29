/**
 * Query parameters under the service's own names, whatever names they were sent under. A format may have other names for
 * some of them; faults and links then use the client's names. Pure.
 */

/** A request's query parameters, read. */
export interface SentQuery {
  /** Under the service's names. A parameter that was sent under two names is there twice. */
  readonly parameters: URLSearchParams;
  /** What the format's clients ask to see of resources of each type; empty text for nothing. */
  readonly fieldsets: ReadonlyMap<string, string>;
  /** The name that the client knows a parameter by. */
  nameOf(parameter: string): string;
}

/** The parameters as they were sent: every name is the service's own. */
export function sentAsNamed(parameters: URLSearchParams): SentQuery {
  return { parameters, fieldsets: new Map(), nameOf: (parameter) => parameter };
}
