/** Ends a generator from outside, as `break` in a loop over it does: it cleans up and gives nothing more. */
export async function leave(generator: AsyncIterator<unknown>): Promise<void> {
  await generator.return?.();
}
