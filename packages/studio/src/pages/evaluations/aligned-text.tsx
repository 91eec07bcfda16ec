import type { PairAlignmentJson } from "@loam/server";
import { type CSSProperties, useMemo } from "react";
import styles from "./evaluations.module.css";
import { type Side, toPieces } from "./text-pieces.ts";

interface AlignedTextProps {
  text: string;
  side: Side;
  alignment: PairAlignmentJson;
  /** The matches looked at, on whichever side. */
  active: readonly number[];
  onActive(matches: readonly number[]): void;
  label: string;
}

/** A text with what matches coloured; pointing at a match shows it on both sides. */
export function AlignedText({ text, side, alignment, active, onActive, label }: AlignedTextProps) {
  const pieces = useMemo(() => toPieces(text, side, alignment), [text, side, alignment]);
  const lit = new Set(active);
  const most = Math.max(1, ...pieces.map(({ matches }) => matches.length));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a text in a sentence of its own, not a group of form fields
    <div role="group" aria-label={label} className={styles.text} onPointerLeave={() => onActive([])}>
      {pieces.map((piece) => {
        const { start, text: shown, matches } = piece;
        if (matches.length === 0) return <span key={start}>{shown}</span>;
        const found = matches.map((m) => alignment.matches[m]!);
        // BERTScore: how similar the token's own partner is; skip-bigrams: how many pairs it is in.
        const cosine = found.find(({ cosine }) => cosine !== undefined)?.cosine;
        const strength = cosine === undefined ? 0.45 + (0.55 * matches.length) / most : Math.max(0, cosine) ** 2;
        return (
          <mark
            key={start}
            className={styles.match}
            data-kind={found[0]!.kind}
            data-active={matches.some((m) => lit.has(m)) || undefined}
            style={{ "--strength": strength } as CSSProperties}
            onPointerEnter={() => onActive(matches)}
          >
            {shown}
          </mark>
        );
      })}
    </div>
  );
}
