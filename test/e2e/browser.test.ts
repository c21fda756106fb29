/**
 * The pages in a real browser, against the real server: nothing leaves the origin, everything fits, and what the pages
 * say can be done is done. `accessibility.test.ts` shows that nobody is shut out.
 */
import { execFileSync } from "node:child_process";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { beginStage, isWithoutBrowser, type Stage } from "./chromium.ts";
import { openAllDetails, PAGES, withPage } from "./visit.ts";

let stage: Stage;

beforeAll(async () => {
  if (!isWithoutBrowser) stage = await beginStage();
});

afterAll(async () => {
  await stage?.end();
});

async function openTryIt(page: Page, operation: string): Promise<void> {
  await page.locator(`#${operation} details.try > summary`).click();
  await page.locator(`#${operation} form`).waitFor();
}

describe.skipIf(isWithoutBrowser)("the pages in a browser", () => {
  it.each(PAGES)("L08 %s loads all it needs from its own origin, without a complaint", async (path) => {
    const complaints = await withPage(stage, {}, async (page) => {
      const response = await page.goto(path);
      expect(response?.status()).toBe(200);
      const styled = await page.locator("body").evaluate((body) => body.computedStyleMap().get("display")?.toString());
      const icon = await page.locator(".brand img").evaluate((image) => image.naturalWidth);
      expect(styled).toBe("flex");
      expect(icon).toBeGreaterThan(0);
    });
    expect(complaints).toEqual([]);
  });

  it.each(PAGES)("%s fits 320 pixels", async (path) => {
    await withPage(stage, { viewport: { width: 320, height: 640 } }, async (page) => {
      await page.goto(path);
      await openAllDetails(page);
      expect(await page.locator(":root").evaluate((root) => root.scrollWidth)).toBeLessThanOrEqual(320);
    });
  });

  it("L08 can be read without scripts", async () => {
    await withPage(stage, { javaScriptEnabled: false }, async (page) => {
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

  it("sends a request from the form, by keyboard alone, and shows status, headers and body", async () => {
    const complaints = await withPage(stage, {}, async (page) => {
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

  it("shows a curl command that does the same, in which brackets and quotes survive", async () => {
    await withPage(stage, {}, async (page) => {
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

  it("sends the body and the token, keeps the token out of the command, and forgets it on leaving", async () => {
    await withPage(stage, {}, async (page) => {
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

  it("filters operations, and says how many are left", async () => {
    await withPage(stage, {}, async (page) => {
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

  it("L07 every command of the first steps gives the status it says", async () => {
    await withPage(stage, {}, async (page) => {
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
          cwd: stage.directory,
          encoding: "utf8",
        });
        expect(answer.slice(answer.lastIndexOf("\n") + 1), command).toBe(status);
      }
    });
  });
});
