/**
 * What tests of all operations must know of a domain: how its objects come to be, and which bodies its rules refuse. A
 * domain has it in `test/<domain>/fixtures.ts`, which is found by its place.
 */
export interface DomainFixtures {
  /** By collection: makes an object that belongs to `owner`, if it can, and returns its id. */
  readonly objects?: Readonly<Record<string, (owner: string) => Promise<string>>>;
  /** By path: makes an object of what an administrator's example does not make, and returns its id. */
  readonly made?: Readonly<Record<string, (owner: string) => Promise<string>>>;
  /** By path: the faults of bodies that the schema allows. */
  readonly refused?: Readonly<Record<string, RegExp>>;
  /** Makes what has to be there from the start, for the owner of the examples. */
  prepare?(owner: string): Promise<void>;
}

const found = Object.values(
  import.meta.glob<{ readonly fixtures: DomainFixtures }>("../*/fixtures.ts", { eager: true }),
).map(({ fixtures }) => fixtures);

function merged<Part extends "objects" | "made" | "refused">(part: Part): NonNullable<DomainFixtures[Part]> {
  return Object.assign({}, ...found.map((fixtures) => fixtures[part] ?? {}));
}

/** Those of all domains. */
export const domains = {
  objects: merged("objects"),
  made: merged("made"),
  refused: merged("refused"),
  async prepare(owner: string): Promise<void> {
    for (const fixtures of found) await fixtures.prepare?.(owner);
  },
};
