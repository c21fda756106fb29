/** The wire format of addresses. */
import { z } from "@hono/zod-openapi";
import { defineResource } from "#core/contract/resource.ts";
import { idMember, idSchema, lineSchema, timeMembers } from "#features/resources/members.ts";
import { COUNTRIES, needsPostalCode } from "./countries.ts";

const name = lineSchema({ min: 1, max: 200, example: "Ada Moreno" }).openapi({
  description: "The name of the recipient.",
});
const line1 = lineSchema({ min: 1, max: 200, example: "2124 Coldspring Mill Ln" }).openapi({
  description: "Street and house number, or a post office box.",
});
const line2 = lineSchema({ min: 1, max: 200, example: "Apt 7" })
  .openapi({
    description: "Apartment, floor or company, if the address has one.",
  })
  .optional();
const city = lineSchema({ min: 1, max: 100, example: "Albuquerque" }).openapi({
  description: "City or town.",
});
const region = lineSchema({ min: 1, max: 100, example: "NM" })
  .openapi({
    description: "State, province or region, if the country uses one.",
  })
  .optional();
const postalCode = lineSchema({ min: 1, max: 20, example: "87182" }).optional().openapi({
  description:
    "Postal code in the format of the country. Required if the country's mail needs one, otherwise optional.",
});
const country = z
  .enum(COUNTRIES, { error: "must be a two-letter country code in capitals (ISO 3166-1)" })
  .openapi({ example: "US", description: "ISO 3166-1 alpha-2." });

/** Checked even if other members are invalid, so that all validation errors are returned together. */
const NEEDS_POSTAL_CODE = {
  path: ["postal_code"],
  error: "is required in this country",
  when: ({ value }: { readonly value: unknown }) => typeof value === "object" && value !== null,
};

function hasPostalCode({ country: code, postal_code }: { readonly country?: unknown; readonly postal_code?: unknown }) {
  return postal_code !== undefined || typeof code !== "string" || !needsPostalCode(code);
}

/** The members that a client can write. */
export const AddressInput = z
  .strictObject({ name, line1, line2, city, region, postal_code: postalCode, country })
  .refine(hasPostalCode, NEEDS_POSTAL_CODE)
  .openapi("AddressInput");

export const AddressSchema = z
  .strictObject({
    id: idMember("address", "addr", "addr_01hk53f638ezja3sbrq378nxj6"),
    user_id: idSchema("user", "user_01hk153x00f11trzsef1g2m40f").openapi({
      description: "The account that owns the address. It never changes.",
    }),
    ...AddressInput.shape,
    ...timeMembers("address", "2024-01-02T12:48:10.344Z"),
  })
  .openapi("Address");

/** The first address of the demo data's first user, so that every example works unchanged. */
export const EXAMPLE_INPUT = {
  name: "Ada Moreno",
  line1: "2124 Coldspring Mill Ln",
  city: "Albuquerque",
  region: "NM",
  postal_code: "87182",
  country: "US",
} as const satisfies z.input<typeof AddressInput>;

export const AddressResource = defineResource({
  name: "Address",
  collection: "addresses",
  owner: "user_id",
  schema: AddressSchema,
  example: {
    id: "addr_01hk53f638ezja3sbrq378nxj6",
    user_id: "user_01hk153x00f11trzsef1g2m40f",
    ...EXAMPLE_INPUT,
    created_at: "2024-01-02T12:48:10.344Z",
    updated_at: "2024-01-02T12:48:10.344Z",
  },
  path: (addressId) => `/v1/addresses/${addressId}`,
});
