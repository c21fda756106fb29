/** What happens to addresses. Each handler trusts what the pipeline has checked. */
import type { z } from "@hono/zod-openapi";
import type { EmptyAnswer, ResourceAnswer } from "#core/contract/answer.ts";
import type { Call, Current } from "#core/contract/endpoint.ts";
import { commit, type Guard } from "#core/data/commit.ts";
import { problem } from "#core/http/problem.ts";
import { isAccount, ownId } from "#features/accounts/queries.ts";
import {
  answerOf,
  changeOf,
  commitChange,
  commitDeletion,
  currentOf,
  unchangedAnswer,
} from "#features/resources/versioned.ts";
import { type Address, type AddressInput, AddressResource } from "./contract.ts";
import { type AddressRow, addresses, findAddress, insertAddress } from "./queries.ts";

type Input = z.output<typeof AddressInput>;
type OneAddress = { readonly id: string };
type Shown = Omit<AddressRow, "seq" | "deletedAt">;

/** How an address without a postal code is stored. */
const NO_POSTAL_CODE = "";

const ADDRESS = { resource: AddressResource, memberOf };

export async function readAddress(call: Call<OneAddress, unknown, undefined>): Promise<ResourceAnswer> {
  return answerOf(ADDRESS, await findAddress(call.database, call.params.id), 200);
}

export async function currentAddress(call: Call<OneAddress, unknown, undefined>): Promise<Current<Address> | null> {
  return currentOf(ADDRESS, await findAddress(call.database, call.params.id));
}

export async function createAddress(call: Call<unknown, unknown, Input>): Promise<ResourceAnswer> {
  const userId = ownId(call.principal);
  const row = {
    ...columnsOf(call.body),
    id: call.newId("addr"),
    userId,
    version: 1,
    createdAt: call.now,
    updatedAt: call.now,
  };
  await commit(call.database, {
    guards: [hasAccount(userId)],
    statements: [insertAddress(call.database, row)],
    resourceId: row.id,
  });
  return answerOf(ADDRESS, row, 201);
}

export async function changeAddress(call: Call<OneAddress, unknown, Input, Current<Address>>): Promise<ResourceAnswer> {
  const { current, body } = call;
  const change = changeOf(call, columnsOf(current.members), columnsOf(body));
  if (change === undefined) return unchangedAnswer(current, AddressResource);
  await commitChange(call, addresses, change);
  const { id, user_id: userId, created_at } = current.members;
  const { version, updatedAt } = change;
  return answerOf(
    ADDRESS,
    { ...columnsOf(body), id, userId, version, createdAt: Date.parse(created_at), updatedAt },
    200,
  );
}

export async function deleteAddress(
  call: Call<OneAddress, unknown, undefined, Current<Address>>,
): Promise<EmptyAnswer> {
  return commitDeletion(call, addresses);
}

/** A token may outlive its account by seconds, or be of another issuer's, which has none here. */
function hasAccount(userId: string): Guard {
  return {
    condition: isAccount(userId),
    refusal: (cause) => problem("forbidden", { detail: "This principal has no account here.", cause }),
  };
}

function columnsOf(input: Input) {
  return {
    name: input.name,
    line1: input.line1,
    line2: input.line2 ?? null,
    city: input.city,
    region: input.region ?? null,
    postalCode: input.postal_code ?? NO_POSTAL_CODE,
    country: input.country,
  };
}

/** What an order copies of the address. */
export function shippingAddressOf(row: Shown): z.output<typeof AddressInput> {
  const { id: _id, user_id: _owner, created_at: _created, updated_at: _updated, ...address } = memberOf(row);
  return address;
}

export function memberOf(row: Shown): Address {
  return {
    id: row.id,
    user_id: row.userId,
    name: row.name,
    line1: row.line1,
    ...(row.line2 === null ? {} : { line2: row.line2 }),
    city: row.city,
    ...(row.region === null ? {} : { region: row.region }),
    ...(row.postalCode === NO_POSTAL_CODE ? {} : { postal_code: row.postalCode }),
    country: row.country,
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.updatedAt).toISOString(),
  };
}
