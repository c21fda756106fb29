/**
 * Fixtures of a domain for the tests of all operations: how to create its objects, and which valid bodies its rules
 * refuse. A domain declares them in `test/<domain>/fixtures.ts`.
 */
export interface DomainFixtures {
  /** By collection: creates an object that belongs to `owner`, if possible, and returns its id. */
  readonly objects?: Readonly<Record<string, (owner: string) => Promise<string>>>;
  /** By path: creates an object that the example cannot create, and returns its id. */
  readonly made?: Readonly<Record<string, (owner: string) => Promise<string>>>;
  /** By path: the problems of bodies that the schema allows. */
  readonly refused?: Readonly<Record<string, RegExp>>;
  /** Creates the state that the owner of the examples needs. */
  prepare?(owner: string): Promise<void>;
}

const found = Object.values(
  import.meta.glob<{ readonly fixtures: DomainFixtures }>("../*/fixtures.ts", { eager: true }),
).map(({ fixtures }) => fixtures);

function merged<Part extends "objects" | "made" | "refused">(part: Part): NonNullable<DomainFixtures[Part]> {
  return Object.assign({}, ...found.map((fixtures) => fixtures[part] ?? {}));
}

/** The fixtures of all domains. */
export const domains = {
  objects: merged("objects"),
  made: merged("made"),
  refused: merged("refused"),
  async prepare(owner: string): Promise<void> {
    for (const fixtures of found) await fixtures.prepare?.(owner);
  },
};
