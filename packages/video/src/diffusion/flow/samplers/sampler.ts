/** The velocity at x and t: the trained model, guided, or a known field. May reuse no buffer it has given away. */
export type VelocityField = (x: Float32Array, t: number) => Float32Array | Promise<Float32Array>;

export interface SampleOptions {
  /** Hears of the state after each step, counted from 1, with the model's present guess of the clean clip. */
  onStep?: (step: {
    step: number;
    steps: number;
    t: number;
    x: Float32Array;
    clean: Float32Array;
  }) => void | Promise<void>;
  /** Asked between evaluations; fires to stop. */
  signal?: AbortSignal;
}

/**
 * A way from noise to data along a velocity field.
 *
 * @param noise the state at times[0]; it stays as it is
 * @param times falling, from 1 to 0; the field is asked at each but the last
 */
export type Sampler = (
  field: VelocityField,
  noise: Float32Array,
  times: readonly number[],
  options?: SampleOptions,
) => Promise<Float32Array>;

/** x + factor·direction. */
export const move = (x: Float32Array, direction: Float32Array, factor: number): Float32Array =>
  x.map((at, i) => at + factor * direction[i]!);

/** The clean clip that a velocity points to: x - t·v. */
export const cleanFrom = (x: Float32Array, velocity: Float32Array, t: number): Float32Array => move(x, velocity, -t);
