/**
 * The order of evaluation. Each row breaks one stage of the pipeline. Every pair of rows that one request can break
 * together is tried, and the earlier stage must respond. A new stage needs a new row at its place.
 */
import { beforeAll, expect, it } from "vitest";
import type { Dependencies } from "#core/contract/dependencies.ts";
import { MAX_BODY_BYTES } from "#pipeline/receive/receive.ts";
import { makePost, startBlog } from "../support/blog/service.ts";
import { createBlog } from "../support/blog/tables.ts";
import { customer, staff } from "../support/service.ts";
import { authenticateWithoutIssuers } from "../support/without-issuers.ts";

beforeAll(createBlog);

/** A request that stages modify. It starts as a PATCH that succeeds. */
interface Draft {
  origin: string;
  method: string;
  path: string;
  query: string;
  headers: Record<string, string>;
  body: string;
  bindings: Partial<Env>;
}

interface Stage {
  readonly name: string;
  readonly status: number;
  readonly code: string;
  /** The part of the draft that the stage breaks. Two rows that break the same part cannot be combined. */
  readonly breaks: string;
  violate(draft: Draft): void;
}

const MISSING_ID = "post_01hk2nvj80e8ev3rx1q7t4d6zz";

/** In the order of the pipeline. */
const STAGES: readonly Stage[] = [
  {
    name: "configuration",
    status: 503,
    code: "SERVICE_UNAVAILABLE",
    breaks: "bindings",
    violate: (draft) => Object.assign(draft.bindings, { SLUICE_SECRET: "short" }),
  },
  {
    name: "transport",
    status: 403,
    code: "FORBIDDEN",
    breaks: "origin",
    violate: (draft) => {
      draft.origin = "http://api.example.test";
      Object.assign(draft.bindings, { SLUICE_ENVIRONMENT: "production" });
    },
  },
  {
    name: "length of the URL",
    status: 414,
    code: "URI_TOO_LONG",
    breaks: "query",
    violate: (draft) => {
      draft.query = `?x=${"x".repeat(8192)}`;
    },
  },
  {
    name: "route",
    status: 404,
    code: "NOT_FOUND",
    breaks: "path",
    violate: (draft) => {
      draft.path = "/v1/nothing";
    },
  },
  {
    name: "method",
    status: 405,
    code: "METHOD_NOT_ALLOWED",
    breaks: "method",
    violate: (draft) => {
      draft.method = "PUT";
    },
  },
  {
    name: "credentials",
    status: 401,
    code: "UNAUTHORIZED",
    breaks: "authorization",
    violate: (draft) => {
      draft.headers["Authorization"] = "Bearer not-a-token";
    },
  },
  {
    name: "permission",
    status: 403,
    code: "FORBIDDEN",
    breaks: "principal",
    violate: (draft) => {
      draft.headers["X-Test-As"] = "customer";
    },
  },
  {
    name: "permission of an anonymous caller",
    status: 401,
    code: "UNAUTHORIZED",
    breaks: "principal",
    violate: (draft) => {
      draft.headers["X-Test-As"] = "anonymous";
    },
  },
  {
    name: "Accept",
    status: 406,
    code: "NOT_ACCEPTABLE",
    breaks: "accept",
    violate: (draft) => {
      draft.headers["Accept"] = "text/csv";
    },
  },
  {
    name: "Content-Type",
    status: 415,
    code: "UNSUPPORTED_MEDIA_TYPE",
    breaks: "content-type",
    violate: (draft) => {
      draft.headers["Content-Type"] = "text/plain";
    },
  },
  {
    name: "Content-Encoding",
    status: 415,
    code: "UNSUPPORTED_MEDIA_TYPE",
    breaks: "content-encoding",
    violate: (draft) => {
      draft.headers["Content-Encoding"] = "gzip";
    },
  },
  {
    name: "size",
    status: 413,
    code: "CONTENT_TOO_LARGE",
    breaks: "body size",
    violate: (draft) => {
      draft.body = `${draft.body}${" ".repeat(MAX_BODY_BYTES)}`;
    },
  },
  {
    name: "malformed id",
    status: 404,
    code: "NOT_FOUND",
    breaks: "path",
    violate: (draft) => {
      draft.path = "/v1/posts/post_1";
    },
  },
  {
    name: "parameters",
    status: 400,
    code: "INVALID_PARAMETER",
    breaks: "query",
    violate: (draft) => {
      draft.query = "?unknown=1";
    },
  },
  {
    name: "existence",
    status: 404,
    code: "NOT_FOUND",
    breaks: "path",
    violate: (draft) => {
      draft.path = `/v1/posts/${MISSING_ID}`;
    },
  },
  {
    name: "precondition required",
    status: 428,
    code: "PRECONDITION_REQUIRED",
    breaks: "if-match",
    violate: (draft) => {
      delete draft.headers["If-Match"];
    },
  },
  {
    name: "precondition",
    status: 412,
    code: "PRECONDITION_FAILED",
    breaks: "if-match",
    violate: (draft) => {
      draft.headers["If-Match"] = '"stale"';
    },
  },
  {
    name: "syntax of the body",
    status: 400,
    code: "MALFORMED_REQUEST",
    breaks: "body syntax",
    violate: (draft) => {
      draft.body = `${draft.body}}`;
    },
  },
  {
    name: "content",
    status: 422,
    code: "VALIDATION_ERROR",
    breaks: "body content",
    violate: (draft) => {
      draft.body = '{"title":""}';
    },
  },
];

const authenticate: Dependencies["authenticate"] = async (request, context) => {
  const as = request.headers.get("x-test-as");
  if (request.headers.has("authorization") || as === "anonymous") return authenticateWithoutIssuers(request, context);
  return as === "customer" ? customer : staff;
};

async function startDraft(): Promise<Draft> {
  const { path, etag } = await makePost(startBlog({ as: staff }));
  return {
    origin: "https://api.example.test",
    method: "PATCH",
    path,
    query: "",
    headers: { "Content-Type": "application/merge-patch+json", "If-Match": etag },
    body: '{"title":"Winter"}',
    bindings: {},
  };
}

async function send(draft: Draft): Promise<Response> {
  const service = startBlog({ bindings: draft.bindings, dependencies: { authenticate } });
  const { method, headers, body } = draft;
  return service.fetch(`${draft.origin}${draft.path}${draft.query}`, { method, headers, body });
}

/** Breaks the later stage first, so that a body is made invalid before it is made too large. */
async function outcomeOf(...broken: readonly Stage[]): Promise<{ status: number; code: string }> {
  const draft = await startDraft();
  for (const stage of broken.toReversed()) stage.violate(draft);
  const response = await send(draft);
  const { code } = (await response.json()) as { code: string };
  return { status: response.status, code };
}

const PAIRS = STAGES.flatMap((earlier, index) =>
  STAGES.slice(index + 1)
    .filter((later) => later.breaks !== earlier.breaks)
    .map((later) => ({ earlier, later })),
);

it("0 a request that breaks no stage succeeds", async () => {
  expect((await send(await startDraft())).status).toBe(200);
});

it.each(STAGES)("0 breaking $name alone gives $status", async (stage) => {
  expect(await outcomeOf(stage)).toEqual({ status: stage.status, code: stage.code });
});

it.each(PAIRS)("0 $earlier.name responds before $later.name", async ({ earlier, later }) => {
  expect(await outcomeOf(earlier, later)).toEqual({ status: earlier.status, code: earlier.code });
});

it("0 conditional headers do not change the response of earlier stages", async () => {
  const conditions = ["If-Match", "If-None-Match", "If-Unmodified-Since", "If-Modified-Since"];
  for (const stage of STAGES.slice(
    0,
    STAGES.findIndex(({ breaks }) => breaks === "if-match"),
  )) {
    const draft = await startDraft();
    stage.violate(draft);
    delete draft.headers["If-Match"];
    expect((await send(draft)).status, stage.name).toBe(stage.status);
    for (const name of conditions) {
      const value = name.endsWith("Since") ? "Sat, 31 Jan 2026 11:00:00 GMT" : '"stale"';
      const conditional = { ...draft, headers: { ...draft.headers, [name]: value } };
      expect((await send(conditional)).status, `${stage.name}, ${name}`).toBe(stage.status);
    }
  }
});
