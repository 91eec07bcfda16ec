import { coverOf } from "./cover.ts";
import styles from "./recommend.module.css";

/** A cover that is drawn from the title: no picture is fetched from anywhere. Decoration, hidden from readers. */
export function BookCover({ id, title, author }: { id: string; title: string; author: string | undefined }) {
  const { ground, shape, ink, motif, lines } = coverOf(id, title);
  return (
    <svg viewBox="0 0 96 144" className={styles.cover} aria-hidden="true">
      <rect width="96" height="144" fill={ground} />
      <Motif motif={motif} colour={shape} />
      <rect width="5" height="144" fill="#000" opacity="0.16" />
      {lines.map((line, i) => (
        <text key={line.key} x="13" y={26 + i * 14} fill={ink} className={styles.coverTitle}>
          {line.text}
        </text>
      ))}
      {author && (
        <text x="13" y="134" fill={ink} opacity="0.85" className={styles.coverAuthor}>
          {author.length > 16 ? `${author.slice(0, 15)}…` : author}
        </text>
      )}
    </svg>
  );
}

function Motif({ motif, colour }: { motif: number; colour: string }) {
  switch (motif) {
    case 0:
      return <circle cx="70" cy="98" r="34" fill={colour} />;
    case 1:
      return <path d="M0 118 Q24 92 48 108 T96 96 V144 H0z" fill={colour} />;
    case 2:
      return <path d="M96 62 L34 144 H96z" fill={colour} />;
    case 3:
      return (
        <g stroke={colour} strokeWidth="5" fill="none">
          <circle cx="74" cy="104" r="12" />
          <circle cx="74" cy="104" r="24" />
          <circle cx="74" cy="104" r="36" />
        </g>
      );
    case 4:
      return <path d="M14 96h68v5H14zM14 106h52v5H14zM14 116h60v5H14z" fill={colour} />;
    default:
      return <path d="M60 144V92l14-16 14 16v52z" fill={colour} />;
  }
}
