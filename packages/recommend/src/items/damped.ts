/** Square roots of weights, so that neither one strong tag nor a hundred weak ones decide alone. */
export function damped(features: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...features].map(([feature, weight]) => [feature, Math.sqrt(weight)]));
}
