/** Resolves when the signal fires, or when the process that has started this one, with a channel to it, is gone. */
export function untilStopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    // A listener alone keeps no process alive.
    const alive = setInterval(() => {}, 2 ** 30);
    const stop = () => {
      clearInterval(alive);
      signal.removeEventListener("abort", stop);
      process.off("disconnect", stop);
      resolve();
    };
    signal.addEventListener("abort", stop, { once: true });
    if (process.connected) process.once("disconnect", stop);
  });
}
