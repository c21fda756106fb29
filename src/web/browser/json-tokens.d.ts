export interface JsonToken {
  readonly kind: "key" | "string" | "literal" | "plain";
  readonly text: string;
}
export function jsonTokens(json: string): JsonToken[];
