/** The accounts of the local demo data, and how seeded rows become SQL. */
import { describe, expect, it } from "vitest";
import { userRows } from "../../scripts/seed/accounts.ts";
import { literal } from "../../scripts/seed/sql.ts";

const users = userRows();

describe("an SQL literal", () => {
  it.each([
    ["O'Malley", "'O''Malley'"],
    ["crème; -- 50%", "'crème; -- 50%'"],
    [null, "NULL"],
    [0, "0"],
    [1_704_067_200_000, "1704067200000"],
  ])("writes %j as %s", (value, expected) => {
    expect(literal(value)).toBe(expected);
  });

  it.each([["two\nlines"], ["nul\0"], [1.5], [Number.NaN]])("refuses %j", (value) => {
    expect(() => literal(value)).toThrow(RangeError);
  });
});

describe("seeded users", () => {
  it("begin with the four demo accounts", () => {
    expect(users.slice(0, 4).map(({ email, name, role }) => ({ email, name, role }))).toEqual([
      { email: "ada@example.com", name: "Ada Moreno", role: "customer" },
      { email: "bob@example.com", name: "Bob Fischer", role: "customer" },
      { email: "staff@example.com", name: "Stella Quist", role: "staff" },
      { email: "admin@example.com", name: "Anton Reyes", role: "admin" },
    ]);
  });

  it("are 204: five staff, one admin, and customers", () => {
    expect(users).toHaveLength(204);
    expect(users.filter(({ role }) => role === "staff")).toHaveLength(5);
    expect(users.filter(({ role }) => role === "admin")).toHaveLength(1);
    expect(users.filter(({ role }) => role === "customer")).toHaveLength(198);
  });

  it("have unique email addresses in reserved domains", () => {
    for (const { email } of users) expect(email).toMatch(/^[a-z]+([.-][a-z]+)?\d?@example\.(com|net|org)$/);
    expect(new Set(users.map(({ email }) => email.toLowerCase())).size).toBe(users.length);
  });
});
