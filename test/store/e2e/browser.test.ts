/**
 * The pages in a real browser against the real server: they load nothing from other origins, fit small screens, and do
 * what their texts say. `accessibility.test.ts` covers accessibility.
 */
import { execFileSync } from "node:child_process";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BrowserSession, isWithoutBrowser, startBrowser } from "../../e2e/chromium.ts";
import { openAllDetails, PAGES, withPage } from "../../e2e/visit.ts";

let session: BrowserSession;

beforeAll(async () => {
  if (!isWithoutBrowser) session = await startBrowser();
});

afterAll(async () => {
  await session?.end();
});

async function openTryIt(page: Page, operation: string): Promise<void> {
  await page.locator(`#${operation} details.try > summary`).click();
  await page.locator(`#${operation} form`).waitFor();
}

describe.skipIf(isWithoutBrowser)("the pages in a browser", () => {
  it.each(PAGES)("L08 %s loads everything from its own origin, without console errors", async (path) => {
    const complaints = await withPage(session, {}, async (page) => {
      const response = await page.goto(path);
      expect(response?.status()).toBe(200);
      const styled = await page.locator("body").evaluate((body) => body.computedStyleMap().get("display")?.toString());
      const icon = await page.locator(".brand img").evaluate((image) => image.naturalWidth);
      expect(styled).toBe("flex");
      expect(icon).toBeGreaterThan(0);
    });
    expect(complaints).toEqual([]);
  });

  it.each(PAGES)("%s fits a width of 320 pixels", async (path) => {
    await withPage(session, { viewport: { width: 320, height: 640 } }, async (page) => {
      await page.goto(path);
      await openAllDetails(page);
      expect(await page.locator(":root").evaluate((root) => root.scrollWidth)).toBeLessThanOrEqual(320);
    });
  });

  it("L08 is readable without scripts", async () => {
    await withPage(session, { javaScriptEnabled: false }, async (page) => {
      await page.goto("/docs");
      await page.locator('nav a[href="#listProducts"]').click();
      await expect.poll(() => page.locator("#listProducts h3").isVisible()).toBe(true);
      await page.locator("#listProducts summary", { hasText: "Parameters" }).click();
      await expect
        .poll(() => page.locator("#listProducts table", { hasText: "filter[price][gte]" }).isVisible())
        .toBe(true);
      await page.locator('#changeProduct a[href="#schema-ProductMergePatch"]').first().click();
      await expect.poll(() => page.locator("#schema-ProductMergePatch table").isVisible()).toBe(true);
      expect(await page.locator(".try, #filter-text").count()).toBe(0);
    });
  });

  it("sends a request from the form by keyboard, and shows status, headers and body", async () => {
    const complaints = await withPage(session, {}, async (page) => {
      await page.goto("/docs");
      await page.locator("#listProducts details.try > summary").focus();
      await page.keyboard.press("Enter");
      await page.locator("#try-listProducts-query-limit").focus();
      await page.keyboard.press("ControlOrMeta+a");
      await page.keyboard.type("2");
      const sent = page.waitForRequest((request) => new URL(request.url()).pathname === "/v1/products");
      await page.keyboard.press("Enter");
      expect(new URL((await sent).url()).search).toBe("?limit=2");
      const status = page.locator("#listProducts .result [role=status]");
      await expect.poll(() => status.textContent()).toMatch(/^200 OK in [0-9]+ ms, [0-9,]+ bytes$/);
      const body = JSON.parse((await page.locator("#listProducts .result .body").textContent()) ?? "") as {
        data: unknown[];
      }; // a page of products
      expect(body.data).toHaveLength(2);
      await page.locator("#listProducts .result summary").click();
      expect(await page.locator("#listProducts .result details pre").textContent()).toContain("etag: ");
    });
    expect(complaints).toEqual([]);
  });

  it("shows an equivalent curl command that keeps brackets and quotes intact", async () => {
    await withPage(session, {}, async (page) => {
      await page.goto("/docs");
      await openTryIt(page, "listProducts");
      await page.locator('[id="try-listProducts-query-filter[category]"]').fill("keyboards");
      await page.locator("#try-listProducts-query-q").fill("it's & more");
      await page.locator("#try-listProducts-accept").selectOption("application/hal+json");
      const command = await page.locator("#listProducts .curl code").textContent();
      expect(command).toContain("?q=it'\\''s%20%26%20more&filter[category]=keyboards'");
      const answer = execFileSync("/bin/sh", ["-c", `${command} -s`], { encoding: "utf8" });
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer).toMatch(/content-type: application\/hal\+json/i);
    });
  });

  it("sends the body and the token, omits the token from the command, and forgets it on reload", async () => {
    await withPage(session, {}, async (page) => {
      await page.goto("/docs");
      await openTryIt(page, "changeProduct");
      await openTryIt(page, "createProduct");
      await page.locator("#try-changeProduct-token").fill("not-a-token");
      expect(await page.locator("#try-createProduct-token").inputValue()).toBe("not-a-token");
      await page.locator("#try-changeProduct-type").selectOption("application/json-patch+json");
      const sent = page.waitForRequest((request) => request.method() === "PATCH");
      await page.locator("#changeProduct button[type=submit]").click();
      const request = await sent;
      expect(await request.headerValue("authorization")).toBe("Bearer not-a-token");
      expect(await request.headerValue("if-match")).toBe("*");
      expect(await request.headerValue("content-type")).toBe("application/json-patch+json");
      expect(request.postDataJSON()).toMatchObject([{ op: "test" }, { op: "replace" }]);
      await expect.poll(() => page.locator("#changeProduct .result [role=status]").textContent()).toMatch(/^401 /);
      const command = await page.locator("#changeProduct .curl code").textContent();
      expect(command).toContain("Bearer $TOKEN");
      expect(command).not.toContain("not-a-token");
      expect(await page.context().storageState()).toEqual({ cookies: [], origins: [] });
      await page.reload();
      await openTryIt(page, "changeProduct");
      expect(await page.locator("#try-changeProduct-token").inputValue()).toBe("");
    });
  });

  it("filters operations by name and method, and shows the number of matches", async () => {
    await withPage(session, {}, async (page) => {
      await page.goto("/docs");
      await page.getByLabel("Filter operations").fill("patch product");
      await expect.poll(() => page.locator("section.operation:visible").count()).toBe(1);
      expect(await page.locator("#changeProduct").isVisible()).toBe(true);
      expect(await page.locator("#filter [role=status]").textContent()).toBe("1 operation");
      expect(await page.locator('nav a[href="#listProducts"]').isVisible()).toBe(false);
      await page.getByLabel("Filter operations").fill("");
      await expect.poll(() => page.locator("#listProducts").isVisible()).toBe(true);
    });
  });

  it.each([
    ["stock", ["createProduct", "readProduct", "createOrder"], ["listUsers", "readLiveness"]],
    ["price", ["listProducts", "createProduct"], ["listUsers", "readLiveness"]],
    ["idempotency", ["createOrder", "createApiKey"], ["readRateLimit"]],
    ["postal_code", ["createAddress", "listAddresses"], ["listUsers", "createProduct"]],
    ["out-of-stock", ["createOrder"], ["listUsers", "createProduct"]],
    ["products:write", ["createProduct", "deleteProduct"], ["createAddress", "listUsers"]],
    ["cursor", ["listProducts", "listOrders"], ["createProduct", "readLiveness"]],
  ])("finds operations by %s", async (words, found, others) => {
    await withPage(session, {}, async (page) => {
      await page.goto("/docs");
      await page.getByLabel("Filter operations").fill(words);
      await expect.poll(() => page.locator("#filter [role=status]").textContent()).toMatch(/^[0-9]+ operations?$/);
      for (const id of found) expect(await page.locator(`#${id}`).isVisible(), id).toBe(true);
      for (const id of others) expect(await page.locator(`#${id}`).isVisible(), id).toBe(false);
    });
  });

  it("shows the target of a link at once, even if the filter hides it", async () => {
    await withPage(session, { reducedMotion: "no-preference" }, async (page) => {
      await page.goto("/docs");
      await page.getByLabel("Filter operations").fill("stock");
      await expect.poll(() => page.locator("#listUsers").isVisible()).toBe(false);
      for (const id of ["listUsers", "api-keys", "schema-User", "tag-users", "listUsers"]) {
        await page.getByLabel("Filter operations").fill("stock");
        await page.locator(":root").evaluate((root, hash) => {
          root.ownerDocument.location.hash = hash;
        }, id);
        await expect.poll(() => page.locator(`[id="${id}"]`).isVisible()).toBe(true);
        const top = await page.locator(`[id="${id}"]`).evaluate((target) => target.getBoundingClientRect().top);
        expect(top).toBeGreaterThan(-1);
        expect(top).toBeLessThan(400);
      }
      // The target of the address stays visible when the filter changes.
      await page.getByLabel("Filter operations").fill("stock");
      expect(await page.locator("#listUsers").isVisible()).toBe(true);
    });
  });

  it("has a link at each heading of a section or an operation", async () => {
    await withPage(session, {}, async (page) => {
      await page.goto("/docs");
      const anchors = await page
        .locator(".tag > .heading, .operation > .heading, .guide > .heading")
        .evaluateAll((found) =>
          found.map((heading) => [
            heading.parentElement?.id ?? "",
            heading.querySelector("a.anchor")?.getAttribute("href") ?? "",
          ]),
        );
      expect(anchors.length).toBeGreaterThan(80);
      for (const [id, href] of anchors) expect(href).toBe(`#${id}`);
      expect(await page.getByRole("link", { name: "Link to List products" }).getAttribute("href")).toBe(
        "#listProducts",
      );
    });
  });

  it("sends a new idempotency key each time, or the last one on request", async () => {
    await withPage(session, {}, async (page) => {
      await page.goto("/docs");
      await openTryIt(page, "createOrder");
      async function keySent(): Promise<string | null> {
        const sent = page.waitForRequest((request) => request.method() === "POST");
        await page.locator("#createOrder button[type=submit]").click();
        const key = await (await sent).headerValue("idempotency-key");
        await expect.poll(() => page.locator("#createOrder .result [role=status]").textContent()).toMatch(/^401 /);
        return key;
      }
      const first = await keySent();
      const second = await keySent();
      expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(second).not.toBe(first);
      await page.getByLabel("Send the last key again").check();
      expect(await keySent()).toBe(second);
      await page.getByLabel("Send the last key again").uncheck();
      const third = await keySent();
      expect([first, second]).not.toContain(third);
      await page.locator("#try-createOrder-header-Idempotency-Key").fill("mine");
      expect(await keySent()).toBe("mine");
    });
  });

  it.each([390, 320])("has its navigation in one line at %s pixels", async (width) => {
    await withPage(session, { viewport: { width, height: 640 } }, async (page) => {
      for (const path of ["/", "/docs", "/login", "/nope"]) {
        await page.goto(path);
        const boxes = await page.locator(".banner a").evaluateAll((links) =>
          links.map((link) => {
            const { top, bottom } = link.getBoundingClientRect();
            return { top, bottom };
          }),
        );
        expect(boxes.length).toBe(5);
        const lowestTop = Math.max(...boxes.map(({ top }) => top));
        expect(lowestTop, path).toBeLessThan(Math.min(...boxes.map(({ bottom }) => bottom)));
        expect(await page.locator(":root").evaluate((root) => root.scrollWidth)).toBeLessThanOrEqual(width);
      }
    });
  });

  it("copies the commands of the first steps", async () => {
    await withPage(session, { permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
      await page.goto("/");
      const buttons = page.locator(".steps .copy");
      expect(await buttons.count()).toBe(await page.locator(".steps > li").count());
      await page.getByRole("button", { name: "Copy the command of: Place an order" }).click();
      await expect.poll(() => page.locator(".steps [role=status]").last().textContent()).toContain("clipboard");
      const copied = await page.evaluate("navigator.clipboard.readText()");
      expect(copied).toBe(await page.locator(".steps > li:last-child code").last().textContent());
    });
  });

  it("L07 every command of the first steps returns its documented status", async () => {
    await withPage(session, {}, async (page) => {
      await page.goto("/");
      const steps = await page.locator(".step-command").evaluateAll((found) =>
        found.map((step) => ({
          command: step.querySelector("code")?.textContent ?? "",
          status: step.querySelector("[data-status]")?.textContent,
        })),
      );
      expect(steps.length).toBeGreaterThan(5);
      for (const { command, status } of steps) {
        const answer = execFileSync("/bin/sh", ["-c", `${command} -s -w '\\n%{http_code}'`], {
          cwd: session.directory,
          encoding: "utf8",
        });
        expect(answer.slice(answer.lastIndexOf("\n") + 1), command).toBe(status);
      }
      const { command = "" } = steps.at(-1) ?? {};
      expect(command).toContain("/v1/orders");
      const again = execFileSync("/bin/sh", ["-c", `${command} -s`], { cwd: session.directory, encoding: "utf8" });
      expect(again).toMatch(/idempotent-replayed: true/i);
      expect(again).toContain('"status":"placed"');
    });
  });
});
