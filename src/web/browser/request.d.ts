/** A request as a form describes it. Parameters and headers are not encoded yet. */
export interface Draft {
  readonly method: string;
  /** A path template, such as `/v1/products/{id}`. */
  readonly path: string;
  readonly parameters: readonly { readonly in: string; readonly name: string; readonly value: string }[];
  readonly accept?: string | undefined;
  readonly content?: { readonly mediaType: string; readonly text: string } | undefined;
}

export interface RequestToSend {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | undefined;
}

export function requestOf(draft: Draft): RequestToSend;
export function curlCommand(origin: string, request: RequestToSend, hasToken: boolean): string;
export function shellQuote(text: string): string;
