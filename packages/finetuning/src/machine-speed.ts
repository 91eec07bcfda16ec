import { compile, matmul, type Value, value } from "@loam/graph";

let measured: Promise<number> | undefined;

/**
 * Floating-point operations this machine does in a second, by the best of a few products of 768 × 768 float32 matrices on
 * the CPU. Measured once, in about a tenth of a second.
 */
export function machineFlops(): Promise<number> {
  return (measured ??= measure());
}

async function measure(): Promise<number> {
  const n = 768;
  const spec = { dtype: "float32", shape: [n, n] } as const;
  const program = await compile(
    (x: { a: Parameters<typeof matmul>[0]; b: Parameters<typeof matmul>[0] }) => matmul(x.a, x.b),
    {
      inputs: { a: spec, b: spec },
    },
  );
  const ones: Value = value(new Float32Array(n * n).fill(1), [n, n]);
  let bestSeconds = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const started = performance.now();
    await program({ a: ones, b: ones });
    bestSeconds = Math.min(bestSeconds, (performance.now() - started) / 1000);
  }
  await program.close();
  return (2 * n ** 3) / bestSeconds;
}
