/** The order of stages is checked when the app is built, and a request passes them with one context. */
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import type { AppEnv, RequestState, Settled } from "#core/contract/context.ts";
import type { Dependencies } from "#core/contract/dependencies.ts";
import type { Endpoint } from "#core/contract/endpoint.ts";
import { pipeline, type Stage, stage } from "#core/contract/stage.ts";
import { authenticate } from "#features/identity/authenticate.ts";
import { authorize } from "#features/identity/authorize.ts";
import { configure, observe } from "#pipeline/observe/observe.ts";
import { protect } from "#pipeline/protect/protect.ts";
import { receiveContent } from "#pipeline/receive/receive.ts";
import { bind } from "#pipeline/route/route.ts";
import { validateContent } from "#pipeline/validate/validate.ts";

// No stage runs while the order is checked.
const dependencies = {} as Dependencies;
const endpoint = { contract: { success: {} }, policy: {} } as Endpoint;
const observed = observe(dependencies, {});
const configured = configure(dependencies);
const bound = bind(endpoint, { template: "/", endpoints: [] }, []);
const authenticated = authenticate(dependencies, []);

describe("the service's stages", () => {
  it("are accepted in their order", () => {
    expect(pipeline([observed, protect, configured, bound, authenticated, authorize])).toHaveLength(6);
  });

  it("are accepted after the stages of every request", () => {
    expect(pipeline([bound, authenticated, authorize], [observed, protect, configured])).toHaveLength(3);
  });

  it.each<[string, Stage[], string]>([
    [
      "authorize before authenticate",
      [observed, configured, bound, authorize, authenticated],
      "The stage authorize requires principal, ability, which no earlier stage provides.",
    ],
    [
      "authenticate before configure",
      [observed, authenticated, configured],
      "The stage authenticate requires settings, database, objects, meter, which no earlier stage provides.",
    ],
    [
      "validateContent without the stages that load the state",
      [observed, configured, bound, authenticated, receiveContent, validateContent],
      "The stage validateContent requires current, which no earlier stage provides.",
    ],
    [
      "a stage before observe",
      [protect, observed],
      "The stage protect requires http, which no earlier stage provides.",
    ],
  ])("are refused in the wrong order: %s", (_, stages, message) => {
    expect(() => pipeline(stages)).toThrow(new RangeError(message));
  });
});

describe("a request in the pipeline", () => {
  /** Creates the request context of a test. */
  const open: Stage = {
    name: "open",
    requires: [],
    provides: ["http"],
    handle: (c, next) => {
      c.set("request", { http: c } as RequestState); // all that these stages read
      return next();
    },
  };
  const found: unknown[] = [];
  const look = stage("look", {}, async (request, next) => {
    await next();
    const { form }: Settled = request;
    found.push(form?.get("name"));
  });
  const end = stage("end", {}, async ({ http }, next) =>
    http.req.query("end") === undefined ? next() : http.text("ended early"),
  );
  const fill = stage("fill", { provides: ["form"] }, async (request, next) => {
    request.form = new Map([["name", "Ada"]]);
    await next();
  });
  const greet = stage("greet", { requires: ["form"] }, async ({ http, form }) =>
    http.text(`hello ${form?.get("name")}`),
  );

  it("passes what a stage provides to later stages, and back to earlier ones", async () => {
    const app = new Hono<AppEnv>().on(["GET"], ["/"], ...pipeline([open, look, end, fill, greet]));
    expect(await (await app.request("/")).text()).toBe("hello Ada");
    expect(await (await app.request("/?end=1")).text()).toBe("ended early");
    expect(found).toEqual(["Ada", undefined]);
  });
});
