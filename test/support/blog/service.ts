/** The service with the blog. Its responses are validated against the document generated from the blog's contracts. */
import { abilityOf } from "#core/contract/ability.ts";
import { describeApi } from "#core/openapi/document.ts";
import { formats } from "../../../src/app.ts";
import { type ApiDocument, documentCheck } from "../documented.ts";
import { header } from "../requests.ts";
import { type Service, type ServiceOptions, startService } from "../service.ts";
import { blogAbilities, blogEndpoints } from "./endpoints.ts";

const document = describeApi(blogEndpoints, [], {
  version: "1.0.0",
  formats,
  anonymous: abilityOf({ kind: "anonymous", address: "" }, [blogAbilities]),
  tags: { Blog: "Posts and comments." },
  under: "/v1/",
}) as unknown as ApiDocument; // the JSON has the shape of an OpenAPI document

/** The options of a service that serves the blog. */
export const BLOG = {
  extraEndpoints: blogEndpoints,
  extraAbilities: [blogAbilities],
  checkExtra: documentCheck(document),
} satisfies ServiceOptions;

export function startBlog({ extraEndpoints = [], ...options }: ServiceOptions = {}): Service {
  return startService({ ...options, ...BLOG, extraEndpoints: [...BLOG.extraEndpoints, ...extraEndpoints] });
}

export const POST = { title: "Autumn", topic: "garden" } as const;

/** Creates a post. The service must run as staff, or `headers` must contain staff credentials. */
export function sendPost(service: Service, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return service.fetch("/v1/posts", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

export interface MadePost {
  readonly id: string;
  readonly path: string;
  readonly etag: string;
  readonly lastModified: string;
}

export async function makePost(
  service: Service,
  change: Readonly<Record<string, string>> = {},
  headers: Record<string, string> = {},
): Promise<MadePost> {
  const response = await sendPost(service, { ...POST, ...change }, headers);
  if (response.status !== 201) throw new Error(`no post: ${response.status} ${await response.text()}`);
  const { id } = await response.json<{ id: string }>();
  const [etag, lastModified] = [header(response, "ETag"), header(response, "Last-Modified")];
  return { id, path: `/v1/posts/${id}`, etag, lastModified };
}
