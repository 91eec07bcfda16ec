/** Ground, shape and ink: earth tones in which the ink can be read on the ground (contrast above 4.5). */
const palettes = [
  ["#3d5629", "#628643", "#f2f6ec"],
  ["#85421c", "#bf6730", "#fbf1ea"],
  ["#1c4956", "#337386", "#edf5f7"],
  ["#2d2923", "#7d7668", "#f3f1ea"],
  ["#e8d9b5", "#c99b4a", "#3c2d12"],
  ["#5a2f45", "#8d4f6c", "#fbeef4"],
  ["#27385f", "#4a649c", "#eef2fb"],
  ["#cfd8c0", "#92b370", "#24331a"],
  ["#6b5a1e", "#a68c34", "#fdf8e4"],
  ["#4d2812", "#a04f20", "#f4dfd0"],
] as const;
const motifs = 6;
const lineWidth = 11;
const mostLines = 4;

export interface Cover {
  ground: string;
  shape: string;
  ink: string;
  motif: number;
  lines: { key: string; text: string }[];
}

/** How the cover of a book looks: always the same for the same book. */
export function coverOf(id: string, title: string): Cover {
  let hash = 0x811c9dc5;
  for (const character of `${id} ${title}`) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193) >>> 0;
  const [ground, shape, ink] = palettes[hash % palettes.length]!;
  return { ground, shape, ink, motif: Math.floor(hash / 97) % motifs, lines: titleLines(title) };
}

/** A title in short lines, without the series in brackets; a Chinese character is two wide. */
function titleLines(title: string): Cover["lines"] {
  const plain = title.replace(/\s*[(（][^()（）]*[)）]\s*$/, "") || title;
  const pieces = plain.match(/\p{Script=Han}|[^\s\p{Script=Han}]+/gu) ?? [plain];
  const lines: string[] = [];
  const width = (text: string) => [...text].reduce((sum, c) => sum + (/\p{Script=Han}/u.test(c) ? 2 : 1), 0);
  for (const piece of pieces) {
    const last = lines.at(-1);
    const joint = last && /\p{Script=Han}$/u.test(last) ? "" : " ";
    if (last !== undefined && width(last + joint + piece) <= lineWidth) lines[lines.length - 1] = last + joint + piece;
    else lines.push(piece);
  }
  const shown = lines
    .slice(0, mostLines)
    .map((line) => (width(line) > lineWidth + 2 ? `${line.slice(0, lineWidth)}…` : line));
  if (lines.length > mostLines) shown[mostLines - 1] += "…";
  return shown.map((text, i) => ({ key: `${i} ${text}`, text }));
}
