const levels = "▁▂▃▄▅▆▇█";

/** Numbers as a curve of at most `width` characters, each the mean of its share; empty below two numbers. */
export function sparkline(numbers: readonly number[], width: number): string {
  const finite = numbers.filter(Number.isFinite);
  if (finite.length < 2 || width < 2) return "";
  const columns = Math.min(width, finite.length);
  const means = Array.from({ length: columns }, (_, i) => {
    const share = finite.slice(
      Math.floor((i * finite.length) / columns),
      Math.floor(((i + 1) * finite.length) / columns),
    );
    return share.reduce((a, b) => a + b, 0) / share.length;
  });
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const scale = high > low ? (levels.length - 1) / (high - low) : 0;
  return means.map((mean) => levels[Math.round((mean - low) * scale)]).join("");
}
