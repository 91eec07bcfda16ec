import { microsoft } from "../onnx/emitter.ts";
import { float } from "../onnx/model.ts";
import { type Cotangents, type Operand, primitive, scalar, Tensor, type TensorType } from "../tensor/tensor.ts";
import type { DType } from "../tensor/value.ts";
import { broadcastShapes, expand, sumTo } from "./broadcast.ts";
import { checkSameDtype } from "./check.ts";

type Unary = [x: Operand];
type Binary = [a: Operand, b: Operand];

/** A function of each entry alone; `slope` is its derivative, given x and y. */
const unary = (name: string, op: string, slope: ((x: Tensor, y: Tensor) => Operand) | "none") =>
  primitive<Unary>(name, {
    shape: ([x]) => x!.shape,
    emit: (g, inputs) => g.op(op, inputs),
    vjp: slope === "none" ? "none" : ([x], dy, _, y) => [mul(dy, slope(x!, y))],
  });

/** A function of two entries, broadcast; `slopes` are the cotangents before broadcasting is undone. */
const binary = (name: string, op: string, slopes: (a: Tensor, b: Tensor, dy: Tensor, y: Tensor) => [Tensor, Tensor]) =>
  primitive<Binary>(name, {
    shape: ([a, b]) => {
      checkSameDtype(name, a!, b!);
      return broadcastShapes(name, a!.shape, b!.shape);
    },
    emit: (g, inputs) => g.op(op, inputs),
    vjp: ([a, b], dy, _, y) => {
      const [da, db] = slopes(a!, b!, dy, y);
      return [sumTo(da, a!.shape), sumTo(db, b!.shape)];
    },
  });

/** A comparison or another function with boolean results. */
const predicate = (name: string, op: string, operands: "numbers" | "booleans" = "numbers") =>
  primitive<Binary>(name, {
    shape: ([a, b]): TensorType => {
      checkSameDtype(name, a!, b!, operands === "booleans" ? "bool" : undefined);
      return { dtype: "bool", shape: broadcastShapes(name, a!.shape, b!.shape) };
    },
    emit: (g, inputs) => g.op(op, inputs),
    vjp: "none",
  });

export const add = binary("add", "Add", (_a, _b, dy) => [dy, dy]);
export const sub = binary("sub", "Sub", (_a, _b, dy) => [dy, neg(dy)]);
export const mul = binary("mul", "Mul", (a, b, dy) => [mul(dy, b), mul(dy, a)]);
export const div = binary("div", "Div", (_a, b, dy, y) => {
  const da = div(dy, b);
  return [da, neg(mul(da, y))];
});

/** The larger of two; equal entries share the gradient. */
export const maximum = binary("maximum", "Max", (a, b, dy) => shareTies(dy, greater(a, b), equal(a, b)));
/** The smaller of two; equal entries share the gradient. */
export const minimum = binary("minimum", "Min", (a, b, dy) => shareTies(dy, less(a, b), equal(a, b)));

function shareTies(dy: Tensor, wins: Tensor, ties: Tensor): [Tensor, Tensor] {
  const share = where(ties, 0.5, cast(wins, dy.dtype));
  return [mul(dy, share), mul(dy, sub(1, share))];
}

/** xᵉ. The gradient at exponent 0 is 0 everywhere. */
export const pow = binary("pow", "Pow", (x, e, dy, y) => {
  const dx = mul(mul(dy, e), where(equal(e, 0), 0, pow(x, sub(e, 1))));
  const logX = log(where(greater(x, 0), x, 1)); // xᵉ · ln x → 0 as x → 0
  return [dx, mul(mul(dy, y), logX)];
});

export const neg = unary("neg", "Neg", () => -1);
export const exp = unary("exp", "Exp", (_, y) => y);
export const log = unary("log", "Log", (x) => reciprocal(x));
export const sqrt = unary("sqrt", "Sqrt", (_, y) => div(0.5, y));
export const reciprocal = unary("reciprocal", "Reciprocal", (_, y) => neg(square(y)));
export const sin = unary("sin", "Sin", (x) => cos(x));
export const cos = unary("cos", "Cos", (x) => neg(sin(x)));
export const tanh = unary("tanh", "Tanh", (_, y) => sub(1, square(y)));
export const sigmoid = unary("sigmoid", "Sigmoid", (_, y) => mul(y, sub(1, y)));
export const erf = unary("erf", "Erf", (x) => mul(2 / Math.sqrt(Math.PI), exp(neg(square(x)))));
export const abs = unary("abs", "Abs", (x) => sign(x));
/** -1, 0 or 1. */
export const sign = unary("sign", "Sign", () => 0);
/** Rounds to the nearest integer, halves to the even one. */
export const round = unary("round", "Round", () => 0);
export const floor = unary("floor", "Floor", () => 0);
export const relu = unary("relu", "Relu", (x) => cast(greater(x, 0), x.dtype));

/** x². */
export const square = primitive<Unary>("square", {
  shape: ([x]) => x!.shape,
  emit: (g, [x]) => g.op("Mul", [x!, x!]),
  vjp: ([x], dy) => [mul(dy, mul(2, x!))],
});

/** 1 / √x. */
export const rsqrt = primitive<Unary>("rsqrt", {
  shape: ([x]) => x!.shape,
  emit: (g, [x]) => g.op("Reciprocal", [g.op("Sqrt", [x!])]),
  vjp: ([x], dy, _, y) => [mul(dy, mul(-0.5, div(y, x!)))],
});

/** ln(1 + eˣ), without overflow: max(x, 0) + ln(1 + e⁻|ˣ|). */
export const softplus = primitive<Unary>("softplus", {
  shape: ([x]) => x!.shape,
  lower: ([x]) => add(relu(x!), log(add(1, exp(neg(abs(x!)))))),
  vjp: ([x], dy) => [mul(dy, sigmoid(x!))],
});

/** x·σ(x), also called swish (arXiv:1710.05941). */
export const silu = primitive<Unary>("silu", {
  shape: ([x]) => x!.shape,
  emit: (g, [x]) => g.op("QuickGelu", [x!], { alpha: float(1) }, microsoft),
  vjp: ([x], dy, _, y) => {
    const s = sigmoid(x!);
    return [mul(dy, add(s, mul(y, sub(1, s))))];
  },
});

/** The Gaussian error linear unit x·Φ(x) (arXiv:1606.08415), exact or with the tanh approximation. */
export const gelu = primitive<Unary, { approximate?: "none" | "tanh" }>("gelu", {
  shape: ([x]) => x!.shape,
  emit: (g, inputs, { approximate }) => g.op(approximate === "tanh" ? "FastGelu" : "Gelu", inputs, {}, microsoft),
  vjp: ([x], dy, { approximate }) => [mul(dy, approximate === "tanh" ? tanhGeluSlope(x!) : exactGeluSlope(x!))],
});

/** Φ(x) + x·φ(x). */
function exactGeluSlope(x: Tensor): Tensor {
  const distribution = mul(0.5, add(1, erf(mul(x, Math.SQRT1_2))));
  const density = mul(1 / Math.sqrt(2 * Math.PI), exp(mul(-0.5, square(x))));
  return add(distribution, mul(x, density));
}

/** d/dx of ½x(1 + tanh u), u = √(2/π)(x + 0.044715x³). */
function tanhGeluSlope(x: Tensor): Tensor {
  const c = Math.sqrt(2 / Math.PI);
  const x2 = square(x);
  const t = tanh(mul(mul(c, x), add(1, mul(0.044715, x2))));
  const du = mul(c, add(1, mul(3 * 0.044715, x2)));
  return mul(0.5, add(add(1, t), mul(mul(x, sub(1, square(t))), du)));
}

/** Entries below min or above max become the bound; the gradient passes where x equals a bound. */
export const clip = primitive<Unary, { min?: number; max?: number }>("clip", {
  shape: ([x]) => x!.shape,
  emit: (g, [x], { min, max }, { inputs }) => {
    const bound = (at?: number) => (at === undefined ? "" : g.scalar(at, inputs[0]!.dtype));
    return g.op("Clip", max === undefined ? [x!, bound(min)] : [x!, bound(min), bound(max)]);
  },
  vjp: ([x], dy, { min, max }) => {
    let inside: Tensor | undefined;
    if (min !== undefined) inside = not(less(x!, min));
    if (max !== undefined) inside = inside ? and(inside, not(greater(x!, max))) : not(greater(x!, max));
    return [inside ? where(inside, dy, 0) : dy];
  },
});

export const greater = predicate("greater", "Greater");
export const less = predicate("less", "Less");
export const equal = predicate("equal", "Equal");
export const greaterOrEqual = predicate("greater_or_equal", "GreaterOrEqual");
export const lessOrEqual = predicate("less_or_equal", "LessOrEqual");
export const and = predicate("and", "And", "booleans");
export const or = predicate("or", "Or", "booleans");

export const not = primitive<[x: Tensor]>("not", {
  shape: ([x]) => x!.shape,
  emit: (g, inputs) => g.op("Not", inputs),
  vjp: "none",
});

export const isNan = primitive<[x: Tensor]>("is_nan", {
  shape: ([x]): TensorType => ({ dtype: "bool", shape: x!.shape }),
  emit: (g, inputs) => g.op("IsNaN", inputs),
  vjp: "none",
});

const select = primitive<[condition: Tensor, a: Tensor, b: Tensor]>("where", {
  shape: ([condition, a, b]): TensorType => {
    checkSameDtype("where", a!, b!);
    return { dtype: a!.dtype, shape: broadcastShapes("where", condition!.shape, a!.shape, b!.shape) };
  },
  emit: (g, inputs) => g.op("Where", inputs),
  vjp: ([condition, a, b], dy): Cotangents => [
    undefined,
    sumTo(select(condition!, dy, scalar(0, dy.dtype)), a!.shape),
    sumTo(select(condition!, scalar(0, dy.dtype), dy), b!.shape),
  ],
});

/** a where the condition holds, else b; all three broadcast. → the broadcast shape. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const dtype = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : "float32";
  const lift = (x: Operand) => (x instanceof Tensor ? x : scalar(x, dtype));
  return select(condition, lift(a), lift(b));
}

const convert = primitive<[x: Tensor], { to: DType }>("cast", {
  shape: ([x], { to }): TensorType => ({ dtype: to, shape: x!.shape }),
  emit: (g, inputs, { to }) => g.cast(inputs[0]!, to),
  vjp: ([x], dy) => [isFloat(x!.dtype) && isFloat(dy.dtype) ? cast(dy, x!.dtype) : undefined],
});

/** The same numbers in another dtype; towards integers the fraction is dropped. */
export const cast = (x: Tensor, to: DType): Tensor => (x.dtype === to ? x : convert(x, { to }));

export const isFloat = (dtype: DType): boolean => dtype === "float32" || dtype === "float16" || dtype === "float64";

export const mod = primitive<Binary>("mod", {
  shape: ([a, b]) => broadcastShapes("mod", a!.shape, b!.shape),
  emit: (g, inputs) => g.op("Mod", inputs),
  vjp: "none",
});

/** x itself to the value, a constant to the derivative. */
export const stopGradient = primitive<[x: Tensor]>("stop_gradient", {
  shape: ([x]) => x!.shape,
  emit: (_, [x]) => x!,
  vjp: "none",
});

export const zerosLike = (x: Tensor): Tensor => expand(scalar(0, x.dtype), x.shape);
