/** What the service under test serves: the modules of this deployment, whatever they are, and the scopes of the blog. */
import { registryOf } from "#core/contract/module.ts";
import { modulesWith, resources } from "../../src/modules.ts";
import { blogScopes } from "./blog/scopes.ts";

export const { endpoints, protocolEndpoints, abilities, scopes } = registryOf(
  modulesWith([...resources, { name: "blog", scopes: blogScopes }]),
);
