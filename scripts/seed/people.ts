// Users and their addresses. The four demo accounts come first. Email addresses are unique ignoring case and use only
// the domains reserved by RFC 2606. Each user has at least one address. All users are fictional.

import { COUNTRIES, type Country } from "./countries.ts";
import { chance, int, pick, pickWeighted, type Random, randomOf } from "./random.ts";

/** A postal address. `country` is an ISO 3166-1 alpha-2 code. */
export interface PostalAddress {
  readonly name: string;
  readonly line1: string;
  readonly line2: string | null;
  readonly city: string;
  readonly region: string | null;
  readonly postal_code: string;
  readonly country: string;
}

/** A user. */
export interface Person {
  readonly email: string;
  readonly name: string;
  readonly role: "customer" | "staff" | "admin";
  readonly addresses: readonly PostalAddress[];
}

const DEMO_ACCOUNTS = [
  { email: "ada@example.com", name: "Ada Moreno", role: "customer", country: "US", addresses: 2 },
  { email: "bob@example.com", name: "Bob Fischer", role: "customer", country: "DE", addresses: 2 },
  { email: "staff@example.com", name: "Stella Quist", role: "staff", country: "SE", addresses: 1 },
  { email: "admin@example.com", name: "Anton Reyes", role: "admin", country: "CA", addresses: 1 },
] as const;

/** The addresses of the demo accounts, first to last. */
export const DEMO_EMAILS: readonly string[] = DEMO_ACCOUNTS.map(({ email }) => email);

const FURTHER_PEOPLE = 200;
const STAFF_EVERY = 50;

/** All users: the demo accounts, then 200 others, four of them staff. */
export function people(): Person[] {
  const random = randomOf("people");
  const taken = new Set<string>(DEMO_ACCOUNTS.map((account) => account.email));
  const demo = DEMO_ACCOUNTS.map(({ email, name, role, country, addresses }) => ({
    email,
    name,
    role,
    addresses: addressesOf(random, name, countryOf(country), addresses),
  }));
  const others = Array.from({ length: FURTHER_PEOPLE }, (_, index): Person => {
    const origin = pickWeighted(random, COUNTRIES);
    const given = pick(random, origin.given);
    const family = pick(random, origin.family);
    const home = chance(random, 0.2) ? pickWeighted(random, COUNTRIES) : origin;
    const name = `${given} ${family}`;
    return {
      email: emailOf(random, given, family, taken),
      name,
      role: index % STAFF_EVERY === 17 ? "staff" : "customer",
      addresses: addressesOf(random, name, home, pickWeighted(random, ADDRESS_COUNTS).count),
    };
  });
  return [...demo, ...others];
}

const ADDRESS_COUNTS = [
  { count: 1, weight: 6 },
  { count: 2, weight: 3 },
  { count: 3, weight: 1 },
];

function countryOf(code: string): Country {
  const country = COUNTRIES.find((candidate) => candidate.code === code);
  if (country === undefined) throw new RangeError(`no country ${code}`);
  return country;
}

function emailOf(random: Random, given: string, family: string, taken: Set<string>): string {
  const [first, last] = [asciiOf(given), asciiOf(family)];
  const local = pick(random, [`${first}.${last}`, `${first}.${last}`, `${first.charAt(0)}${last}`, `${first}-${last}`]);
  const domain = pick(random, ["example.com", "example.com", "example.net", "example.org"]);
  let email = `${local}@${domain}`;
  for (let again = 2; taken.has(email); again++) email = `${local}${again}@${domain}`;
  taken.add(email);
  return email;
}

function asciiOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[øłßæı]/g, (letter) => ASCII_OF.get(letter) ?? "")
    .normalize("NFD")
    .replace(/[^a-z]/g, "");
}

const ASCII_OF = new Map([
  ["ø", "o"],
  ["ł", "l"],
  ["ß", "ss"],
  ["æ", "ae"],
  ["ı", "i"],
]);

function addressesOf(random: Random, name: string, home: Country, count: number): PostalAddress[] {
  return Array.from({ length: count }, (_, index) => {
    const country = index > 0 && chance(random, 0.15) ? pickWeighted(random, COUNTRIES) : home;
    const addressee =
      index > 0 && chance(random, 0.4) ? `${pick(random, country.given)} ${pick(random, country.family)}` : name;
    return addressIn(random, country, addressee);
  });
}

function addressIn(random: Random, country: Country, name: string): PostalAddress {
  const place = pick(random, country.places);
  const line1 = digits(random, pick(random, country.line1)).replace("{street}", () => pick(random, country.streets));
  return {
    name,
    line1,
    line2: chance(random, 0.35) ? digits(random, pick(random, country.line2)) : null,
    city: place.city,
    region: place.region,
    postal_code: place.postal.replace(/[#@]/g, (mark) =>
      mark === "#" ? String(int(random, 0, 9)) : pick(random, LETTERS),
    ),
    country: country.code,
  };
}

/** Letters that do not resemble digits and that every postal system allows. */
const LETTERS = [..."ABEHJLNPRTWX"];

function digits(random: Random, template: string): string {
  return template.replace(/\{(\d+)-(\d+)\}/g, (_, low: string, high: string) =>
    String(int(random, Number(low), Number(high))),
  );
}
