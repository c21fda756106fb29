import { describe, expect, it } from "vitest";
import { redirectUriFault } from "#features/identity/clients/redirect-uris.ts";
import document from "#schema/openapi/openapi.json";

const GOOD = [
  "https://shop.example.com/callback",
  "https://shop.example.com",
  "https://shop.example.com:8443/callback?tenant=7",
  "https://shop.example.com/a%20b/(c);d=e",
  "https://[2001:db8::1]/callback",
  "http://127.0.0.1/callback",
  "http://127.0.0.1:49152/callback",
  "http://127.0.0.1",
  "http://[::1]/callback",
  "http://[::1]:8080?x=y",
  "com.example.app:/callback",
  "com.example.my-app:/oauth2redirect/provider",
  `https://shop.example.com/${"a".repeat(1975)}`,
];

describe("a redirect URI", () => {
  it.each(GOOD)("accepts %s", (uri) => {
    expect(redirectUriFault(uri)).toBeUndefined();
  });

  it.each([
    ["nothing", ""],
    ["a path", "/callback"],
    ["a host without a scheme", "shop.example.com/callback"],
    ["a URL without a scheme", "//shop.example.com/callback"],
    ["https without slashes", "https:shop.example.com"],
    ["https without a host", "https:///callback"],
    ["https in capitals", "HTTPS://shop.example.com/callback"],
    ["http", "http://shop.example.com/callback"],
    ["http to localhost", "http://localhost/callback"],
    ["http to the loopback address as one number", "http://2130706433/callback"],
    ["http to the loopback address in short form", "http://127.1/callback"],
    ["http to a host that begins like a loopback address", "http://127.0.0.1.example.com/callback"],
    ["http to another address of the loopback network", "http://127.0.0.2/callback"],
    ["credentials", "https://user:word@shop.example.com/callback"],
    ["a user without a password", "https://127.0.0.1@shop.example.com/callback"],
    ["a loopback address as credentials", "http://127.0.0.1:80@shop.example.com/callback"],
    ["a fragment", "https://shop.example.com/callback#done"],
    ["an empty fragment", "https://shop.example.com/callback#"],
    ["a wildcard host", "https://*.example.com/callback"],
    ["a wildcard path", "https://shop.example.com/*"],
    ["a scheme without a dot", "myapp:/callback"],
    ["a script", "javascript:alert(1)"],
    ["data", "data:text/html,x"],
    ["a file", "file:///etc/passwd"],
    ["a blank", "https://shop.example.com/a b"],
    ["a leading space", " https://shop.example.com/"],
    ["a line feed", "https://shop.example.com/\n"],
    ["a backslash", "https://shop.example.com\\@evil.example/"],
    ["an invalid escape", "https://shop.example.com/%zz"],
    ["letters outside ASCII", "https://sh\u00f6p.example.com/"],
    ["an invalid port", "https://shop.example.com:99999/"],
    ["too many characters", `https://shop.example.com/${"a".repeat(1976)}`],
  ])("rejects %s: %s", (_, uri) => {
    expect(redirectUriFault(uri)).toMatch(/^(must|may) /);
  });
});

describe("the pattern of a redirect URI in the OpenAPI document", () => {
  const { pattern } = document.components.schemas.OauthClientInput.properties.redirect_uris.items;

  it.each(GOOD)("allows %s", (uri) => {
    expect(uri).toMatch(new RegExp(pattern));
  });

  it.each([
    "https://",
    "https:///callback",
    "http://127.0.0.1.example.com/callback",
    "http://127.0.0.10/callback",
    "http://[::1]0",
    "http://shop.example.com/callback",
    "https://shop.example.com/callback#done",
    "myapp:/callback",
  ])("does not allow %s", (uri) => {
    expect(uri).not.toMatch(new RegExp(pattern));
  });
});
