import type { Rng } from "@loam/core";
import { chance, pick, shuffled } from "./draw.ts";
import { plainWords } from "./word-lists.ts";

/** A value as a request names it and as the call has it. */
export interface DrawnValue {
  said: string;
  value: unknown;
}

/** What kind of values a parameter has: its JSON Schema, and how people write them. */
export interface ValueKind {
  schema: Record<string, unknown>;
  /** What a description may add so that the form of the value is told: `in the format YYYY-MM-DD`. */
  note?: string;
  draw(rng: Rng): DrawnValue;
}

/** A kind that differs from function to function: percentages as a fraction here, as a number there. */
export type KindMaker = (rng: Rng) => ValueKind;

const kind = (schema: Record<string, unknown>, draw: ValueKind["draw"], note?: string): ValueKind => ({
  schema,
  draw,
  ...(note ? { note } : {}),
});

/** A whole number from low to high, spelled as a word now and then. */
export const whole =
  (low: number, high: number): KindMaker =>
  () =>
    kind({ type: "integer" }, (rng) => {
      const value = low + rng.integer(high - low + 1);
      const word = numberWords[value];
      if (word && chance(rng, 0.15)) return { said: word, value };
      return { said: value >= 1000 && chance(rng, 0.5) ? withCommas(value) : String(value), value };
    });

/** A number with up to this many decimals. */
export const decimal =
  (low: number, high: number, digits = 2): KindMaker =>
  () =>
    kind({ type: "number" }, (rng) => {
      const places = rng.integer(digits + 1);
      const value = Number((low + rng.uniform() * (high - low)).toFixed(places));
      return { said: Math.abs(value) >= 1000 && chance(rng, 0.5) ? withCommas(value) : String(value), value };
    });

/** An amount, with a currency sign or word or without. */
export const money =
  (low: number, high: number): KindMaker =>
  (rng) => {
    const type = chance(rng, 0.5) ? "integer" : "number";
    const step = high > 5000 ? 500 : high > 500 ? 10 : 1;
    return kind({ type }, (r) => {
      const value =
        type === "number" && chance(r, 0.3)
          ? Number((low + r.uniform() * (high - low)).toFixed(2))
          : Math.max(low, Math.round((low + r.uniform() * (high - low)) / step) * step);
      if (value >= 1_000_000 && value % 100_000 === 0 && chance(r, 0.6))
        return { said: `$${value / 1_000_000} million`, value };
      const text = value >= 1000 && chance(r, 0.6) ? withCommas(value) : String(value);
      return { said: pick(r, [`$${text}`, `$${text}`, text, `${text} dollars`, `${text} euros`]), value };
    });
  };

/** A percentage: a fraction where the description says so or nothing, else the number before the sign. */
export const percent =
  (low: number, high: number): KindMaker =>
  (rng) => {
    const [asFraction, note] = pick(rng, [
      [true, ""],
      [true, "as a decimal"],
      [true, "as a fraction"],
      [false, "in percent"],
      [false, "as a percentage"],
    ] as const);
    return kind(
      { type: "number" },
      (r) => {
        const number = chance(r, 0.5)
          ? low + r.integer(high - low + 1)
          : Number((low + r.uniform() * (high - low)).toFixed(1));
        const said = pick(r, [`${number}%`, `${number}%`, `${number} percent`]);
        return { said, value: asFraction ? Number((number / 100).toFixed(6)) : number };
      },
      note,
    );
  };

const months = "January February March April May June July August September October November December".split(" ");

/** A day: ISO where the description asks for that, else as it was said. */
export const date: KindMaker = (rng) => {
  const isIso = chance(rng, 0.75);
  const note = isIso ? pick(rng, ["in the format YYYY-MM-DD", "(YYYY-MM-DD)", "as YYYY-MM-DD"]) : "";
  return kind(
    { type: "string" },
    (r) => {
      const [year, month, day] = [2019 + r.integer(8), 1 + r.integer(12), 1 + r.integer(28)];
      const iso = `${year}-${two(month)}-${two(day)}`;
      const name = months[month - 1]!;
      const said = pick(r, [
        `${name} ${day}, ${year}`,
        `${day} ${name} ${year}`,
        `${name} ${ordinal(day)}, ${year}`,
        iso,
      ]);
      return { said, value: isIso ? iso : said };
    },
    note,
  );
};

/** A time of day, with 24 hours where the description asks for that. */
export const timeOfDay: KindMaker = (rng) => {
  const is24 = chance(rng, 0.6);
  return kind(
    { type: "string" },
    (r) => {
      const [hour, minute] = [r.integer(24), pick(r, [0, 0, 15, 30, 45])];
      const iso = `${two(hour)}:${two(minute)}`;
      const twelve = `${hour % 12 === 0 ? 12 : hour % 12}${minute ? `:${two(minute)}` : ""} ${hour < 12 ? "AM" : "PM"}`;
      const said = pick(r, [iso, twelve, twelve]);
      return { said, value: is24 ? iso : said };
    },
    is24 ? pick(rng, ["in 24-hour format (HH:MM)", "(HH:MM)"]) : "",
  );
};

/** A text of a list, copied as it was said. */
export const oneOf =
  (list: readonly string[]): KindMaker =>
  () =>
    kind({ type: "string" }, (rng) => {
      const value = pick(rng, list);
      return { said: value, value };
    });

/** A first and a last name. */
export const fullName =
  (first: readonly string[], last: readonly string[]): KindMaker =>
  () =>
    kind({ type: "string" }, (rng) => {
      const value = chance(rng, 0.6) ? `${pick(rng, first)} ${pick(rng, last)}` : pick(rng, first);
      return { said: value, value };
    });

/** A city, with its state or country now and then. */
export const place =
  (cities: readonly string[], regions: readonly string[]): KindMaker =>
  () =>
    kind({ type: "string" }, (rng) => {
      const value = chance(rng, 0.2) ? `${pick(rng, cities)}, ${pick(rng, regions)}` : pick(rng, cities);
      return { said: value, value };
    });

/** One of a fixed set: `{ celsius: ["Celsius", "degrees C"] }` maps a value to what people say for it. */
export const choice =
  (values: Readonly<Record<string, readonly string[]>>): KindMaker =>
  (rng) => {
    const names = shuffled(rng, Object.keys(values));
    const isEnum = chance(rng, 0.7);
    return kind(
      { type: "string", ...(isEnum && { enum: names }) },
      (r) => {
        const value = pick(r, names);
        const said = chance(r, 0.5)
          ? value.replaceAll("_", " ")
          : pick(r, [value.replaceAll("_", " "), ...values[value]!]);
        return { said, value };
      },
      isEnum ? "" : `: ${names.map((name) => `'${name}'`).join(", ")}`,
    );
  };

/** A switch: what is said when it is on, and when it is off. */
export const flag =
  (on: readonly string[], off: readonly string[]): KindMaker =>
  () =>
    kind({ type: "boolean" }, (rng) => {
      const value = off.length === 0 || chance(rng, 0.6);
      return { said: pick(rng, value ? on : off), value };
    });

/** Two to five values of another kind. */
export const listOf =
  (item: KindMaker, { least = 2, most = 4 } = {}): KindMaker =>
  (rng) => {
    const one = item(rng);
    return kind(
      { type: "array", items: one.schema },
      (r) => {
        const drawn = distinct(Array.from({ length: least + r.integer(most - least + 1) }, () => one.draw(r)));
        return {
          said: joined(
            r,
            drawn.map(({ said }) => said),
          ),
          value: drawn.map(({ value }) => value),
        };
      },
      one.note,
    );
  };

/** Some plain words that mean nothing, to be copied. */
export const nonsense: KindMaker = () =>
  kind({ type: "string" }, (rng) => {
    const value = Array.from({ length: 1 + rng.integer(3) }, () => pick(rng, plainWords)).join(" ");
    const styled = chance(rng, 0.3) ? value.replaceAll(/\b\w/g, (letter) => letter.toUpperCase()) : value;
    return { said: chance(rng, 0.35) ? pick(rng, [`'${styled}'`, `"${styled}"`]) : styled, value: styled };
  });

/** A code of letters and digits. */
export const code: KindMaker = () =>
  kind({ type: "string" }, (rng) => {
    const letters = Array.from({ length: 2 + rng.integer(2) }, () => String.fromCharCode(65 + rng.integer(26))).join(
      "",
    );
    const value = pick(rng, [
      `${letters}${100 + rng.integer(9000)}`,
      `${letters}-${100 + rng.integer(900)}`,
      String(10000 + rng.integer(90000)),
    ]);
    return { said: value, value };
  });

const numberWords = "zero one two three four five six seven eight nine ten eleven twelve".split(" ");
const two = (number: number): string => String(number).padStart(2, "0");
const withCommas = (number: number): string => number.toLocaleString("en-US", { maximumFractionDigits: 6 });
const ordinal = (day: number): string =>
  `${day}${day % 10 === 1 && day !== 11 ? "st" : day % 10 === 2 && day !== 12 ? "nd" : day % 10 === 3 && day !== 13 ? "rd" : "th"}`;

function distinct(values: DrawnValue[]): DrawnValue[] {
  const seen = new Set<string>();
  return values.filter(({ said }) => !seen.has(said) && seen.add(said));
}

function joined(rng: Rng, parts: readonly string[]): string {
  if (parts.length < 2) return parts.join("");
  if (parts.every((part) => /^[-\d.]+$/.test(part)) && chance(rng, 0.4)) return `[${parts.join(", ")}]`;
  return `${parts.slice(0, -1).join(", ")}${pick(rng, [" and ", ", and ", ", "])}${parts.at(-1)}`;
}
