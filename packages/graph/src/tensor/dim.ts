import { ArgumentError } from "@loam/core";

/**
 * One axis of a shape: a size, a name (`"batch"`), or an expression of names that arithmetic below produced
 * (`"2*batch+1"`). Equal expressions are equal strings, so `===` compares dimensions.
 */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** Monomial ("batch*sequence", factors sorted; "" for the constant) → coefficient. */
type Polynomial = ReadonlyMap<string, number>;

const polynomials = new Map<string, Polynomial>();
const quotients = new Map<string, { numerator: Dim; divisor: number }>();

export const addDims = (a: Dim, b: Dim): Dim => (typeof a === "number" && typeof b === "number" ? a + b : sum(a, b));

export const mulDims = (a: Dim, b: Dim): Dim =>
  typeof a === "number" && typeof b === "number" ? a * b : product(a, b);

/** The number of elements of a shape. */
export const sizeOf = (shape: Shape): Dim => shape.reduce<Dim>(mulDims, 1);

/** a / b where that is exact, or undefined. */
export function divDims(a: Dim, b: Dim): Dim | undefined {
  if (a === b) return 1;
  if (typeof a === "number" && typeof b === "number") return a % b === 0 ? a / b : undefined;
  const [[divisor, coefficient] = ["", 0], ...more] = toPolynomial(b);
  if (more.length > 0 || coefficient === 0) return undefined;
  const result = new Map<string, number>();
  for (const [monomial, c] of toPolynomial(a)) {
    const factors = factorsOf(monomial);
    for (const factor of factorsOf(divisor)) {
      const at = factors.indexOf(factor);
      if (at < 0) return undefined;
      factors.splice(at, 1);
    }
    if (c % coefficient !== 0) return undefined;
    result.set(factors.join("*"), c / coefficient);
  }
  return toDim(result);
}

/** ⌊a / divisor⌋, as in strided convolutions and slices. */
export function floorDivDim(a: Dim, divisor: number): Dim {
  if (typeof a === "number") return Math.floor(a / divisor);
  const exact = divDims(a, divisor);
  if (exact !== undefined) return exact;
  const name = `floor((${a.replaceAll("*", "·")})/${divisor})`;
  quotients.set(name, { numerator: a, divisor });
  return name;
}

/** What a dimension is made of, for evaluating it: a sum of coefficient × factors, each factor a name or a quotient. */
export function termsOf(dim: Dim): { coefficient: number; factors: string[] }[] {
  return Array.from(toPolynomial(dim), ([monomial, coefficient]) => ({ coefficient, factors: factorsOf(monomial) }));
}

/** The numerator and divisor behind a factor that {@link floorDivDim} made, or undefined for a plain name. */
export const quotientOf = (factor: string) => quotients.get(factor);

/** True for a name, false for sizes and expressions. */
export const isName = (dim: Dim): dim is string =>
  typeof dim === "string" && !polynomials.has(dim) && !quotients.has(dim);

/** The value of a dimension when the names have sizes. */
export function evaluateDim(dim: Dim, sizes: Readonly<Record<string, number>>): number {
  if (typeof dim === "number") return dim;
  return termsOf(dim).reduce((total, { coefficient, factors }) => {
    const values = factors.map((factor) => {
      const quotient = quotientOf(factor);
      if (quotient) return Math.floor(evaluateDim(quotient.numerator, sizes) / quotient.divisor);
      const size = sizes[factor];
      if (size === undefined) throw new ArgumentError("sizes", sizes, `a size for the dimension ${factor}`);
      return size;
    });
    return total + values.reduce((a, b) => a * b, coefficient);
  }, 0);
}

export const showShape = (shape: Shape): string => `[${shape.join(", ")}]`;

const factorsOf = (monomial: string): string[] => (monomial === "" ? [] : monomial.split("*"));

function toPolynomial(dim: Dim): Polynomial {
  if (typeof dim === "number") return new Map([["", dim]]);
  return polynomials.get(dim) ?? new Map([[dim, 1]]);
}

function sum(a: Dim, b: Dim): Dim {
  const result = new Map(toPolynomial(a));
  for (const [monomial, c] of toPolynomial(b)) result.set(monomial, (result.get(monomial) ?? 0) + c);
  return toDim(result);
}

function product(a: Dim, b: Dim): Dim {
  const result = new Map<string, number>();
  for (const [m, c] of toPolynomial(a)) {
    for (const [n, d] of toPolynomial(b)) {
      const monomial = [...factorsOf(m), ...factorsOf(n)].sort().join("*");
      result.set(monomial, (result.get(monomial) ?? 0) + c * d);
    }
  }
  return toDim(result);
}

/** The canonical dimension of a polynomial, remembered so that its string can be taken apart again. */
function toDim(polynomial: Polynomial): Dim {
  const terms = [...polynomial]
    .filter(([, c]) => c !== 0)
    .sort(([m], [n]) => (m === "" ? 1 : n === "" ? -1 : m < n ? -1 : 1));
  if (terms.length === 0) return 0;
  const [[monomial, coefficient]] = terms as [[string, number]];
  if (terms.length === 1 && monomial === "") return coefficient;
  if (terms.length === 1 && coefficient === 1 && !monomial.includes("*")) return monomial;
  const text = terms
    .map(([m, c]) => (m === "" ? `${c}` : c === 1 ? m : `${c}*${m}`))
    .join("+")
    .replaceAll("+-", "-");
  polynomials.set(text, new Map(terms));
  return text;
}
