/**
 * axe finds no violation in any page, on any screen, in either colour scheme, and each page can be used by keyboard. Of
 * parts that are made alike, one is examined.
 */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BrowserSession, COLOUR_RULES, isWithoutBrowser, startBrowser, violationsOf } from "./chromium.ts";
import { openAllDetails, PAGES, withPage } from "./visit.ts";

const SMALL = { viewport: { width: 390, height: 844 } };

let session: BrowserSession;

beforeAll(async () => {
  if (!isWithoutBrowser) session = await startBrowser();
});

afterAll(async () => {
  await session?.end();
});

/** What axe finds in a page as it stands, by all its rules; then by those of colours in the other scheme, for no more differs. */
async function violationsInBoth(page: Page, other: "light" | "dark"): Promise<string[]> {
  const found = await violationsOf(page);
  await page.emulateMedia({ colorScheme: other });
  return [...found, ...(await violationsOf(page, COLOUR_RULES))];
}

/**
 * Of the parts of /docs that are made alike, leaves each that has something in a place where none before it has: an
 * element is in the place of another when they and all around them have the same names and classes.
 */
async function keepOneOfEachKind(page: Page): Promise<void> {
  const parts = page.locator("section.operation, #responses > details, #headers tbody > tr, #schemas > details");
  const before = await parts.count();
  await parts.evaluateAll((found) => {
    const seen = new Set();
    for (const part of found) {
      const places = [part, ...part.querySelectorAll("*")].map((element) => {
        const names = [];
        for (let around = element; around !== part.parentElement; around = around.parentElement) {
          names.push(around.localName, around.open === true ? "open" : "", around.type ?? "", ...around.classList);
        }
        return names.join(" ");
      });
      if (places.every((place) => seen.has(place))) part.remove();
      for (const place of places) seen.add(place);
    }
  });
  const left = await parts.count();
  expect(left).toBeGreaterThan(10);
  expect(left).toBeLessThan(before / 2);
}

describe.skipIf(isWithoutBrowser)("the pages, by axe", () => {
  it.each(["/", "/problems"])("%s has no violation", async (path) => {
    await withPage(session, { colorScheme: "light", bypassCSP: true }, async (page) => {
      await page.goto(path);
      expect(await violationsInBoth(page, "dark")).toEqual([]);
    });
  });

  it("the page of a problem has none, in each form that such a page has", async () => {
    const seen = new Set<string>();
    let forms = 0;
    for (const path of PAGES.filter((candidate) => candidate.startsWith("/problems/"))) {
      const html = await (await fetch(`${session.origin}${path}`)).text();
      const elements =
        html.match(/<[a-z][^>]*>/g)?.map((element) => element.replaceAll(/(?:href|content)="[^"]*"/g, "")) ?? [];
      const isNew = elements.some((element) => !seen.has(element));
      for (const element of elements) seen.add(element);
      if (!isNew) continue;
      forms += 1;
      await withPage(session, { colorScheme: "light", bypassCSP: true }, async (page) => {
        await page.goto(path);
        expect(await violationsInBoth(page, "dark"), path).toEqual([]);
      });
    }
    expect(forms).toBeGreaterThan(0);
  });

  it.each([
    ["/nope", 1280],
    ["/nope", 320],
    ["/v1/rate-limit?colour=red", 390],
    ["/account/sign-out-everywhere", 390],
  ])("the failure at %s has none at %s pixels", async (path, width) => {
    const options = { colorScheme: "light", bypassCSP: true, viewport: { width, height: 844 } } as const;
    await withPage(session, options, async (page) => {
      const response = await page.goto(path);
      expect(response?.status()).toBeGreaterThanOrEqual(400);
      expect(await violationsInBoth(page, "dark")).toEqual([]);
      expect(await page.locator(":root").evaluate((root) => root.scrollWidth)).toBeLessThanOrEqual(width);
    });
  });

  it("/docs has none, in one part of each kind", async () => {
    await withPage(session, { colorScheme: "light", bypassCSP: true }, async (page) => {
      await page.goto("/docs");
      await keepOneOfEachKind(page);
      expect(await violationsInBoth(page, "dark")).toEqual([]);
    });
  });

  it("/docs has none on a small screen, in one part of each kind", async () => {
    await withPage(session, { colorScheme: "light", bypassCSP: true, ...SMALL }, async (page) => {
      await page.goto("/docs");
      await keepOneOfEachKind(page);
      expect(await violationsInBoth(page, "dark")).toEqual([]);
    });
  });

  it("/docs has none with everything open and an answer shown, in one part of each kind", async () => {
    await withPage(session, { colorScheme: "dark", bypassCSP: true }, async (page) => {
      await page.goto("/docs");
      await openAllDetails(page);
      await page.locator("#listUsers button[type=submit]").click();
      const answer = page.locator("#listUsers .result strong");
      await answer.waitFor();
      await keepOneOfEachKind(page);
      expect(await answer.isVisible()).toBe(true);
      expect(await violationsInBoth(page, "light")).toEqual([]);
    });
  });

  it("/docs has no id twice and no label of nothing, with everything open", async () => {
    await withPage(session, {}, async (page) => {
      await page.goto("/docs");
      await openAllDetails(page);
      const { ids, targets } = await page.locator(":root").evaluate((root) => ({
        ids: [...root.querySelectorAll("[id]")].map(({ id }) => id),
        targets: [...root.querySelectorAll("label")].map(({ htmlFor }) => htmlFor),
      }));
      expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
      expect(targets.length).toBeGreaterThan(100);
      expect(targets.filter((id) => !ids.includes(id))).toEqual([]);
    });
  });
});

describe.skipIf(isWithoutBrowser)("/docs by keyboard", () => {
  it("can be walked, in order, seen, and without a trap", async () => {
    await withPage(session, { viewport: { width: 1280, height: 800 } }, async (page) => {
      await page.goto("/docs");
      const root = page.locator(":root");
      const stops = await page
        .locator("a[href], summary, input, button, [tabindex='0']")
        .evaluateAll((found) => found.filter((stop) => stop.checkVisibility({ contentVisibilityAuto: true })).length);
      // Noted where it happens: to ask for each stop from here takes ten times as long.
      await root.evaluate((html) => {
        const indices = new Map([...html.querySelectorAll("*")].map((element, index) => [element, index]));
        const banner = html.querySelector(".banner");
        html.walk = [];
        html.ownerDocument.addEventListener("keyup", () => {
          const focused = html.ownerDocument.activeElement;
          if (focused === html.ownerDocument.body) return;
          const box = focused.getBoundingClientRect();
          html.walk.push({
            index: indices.get(focused) ?? -1,
            name: focused.outerHTML.slice(0, 120),
            text: focused.textContent,
            outline: focused.computedStyleMap().get("outline-style").toString(),
            isInWindow: box.bottom > 0 && box.top < html.clientHeight,
            isUnderBanner:
              focused.closest(".banner, .skip") === null && box.bottom <= banner.getBoundingClientRect().bottom,
          });
        });
      });
      for (let stop = 0; stop < stops; stop += 1) await page.keyboard.press("Tab");
      const walk = await root.evaluate((html) => html.walk);
      expect(walk).toHaveLength(stops);
      expect(walk[0].text).toBe("Skip to content");
      let before = -1;
      for (const place of walk) {
        expect(place.index, place.name).toBeGreaterThan(before);
        expect(place).toMatchObject({ outline: "solid", isInWindow: true, isUnderBanner: false });
        before = place.index;
      }
      // Behind the last stop the focus leaves the page.
      await page.keyboard.press("Tab");
      expect(await page.locator(":focus").count()).toBe(0);
    });
  });
});
