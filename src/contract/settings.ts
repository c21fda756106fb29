/** The configuration as the rooms see it: parsed, typed and complete. Only `config.ts` makes it. */
export interface Settings {
  readonly environment: "production" | "local";
  /** The service's own origin without a trailing slash, or undefined: that of each request. */
  readonly publicOrigin: string | undefined;
  readonly corsOrigins: ReadonlySet<string>;
  /** At least 32 characters of secret, from which each purpose derives a key of its own. */
  readonly secret: string;
  readonly version: string;
}
