import type { PairAlignmentJson } from "@loam/server";
import { Text } from "@mantine/core";
import type { CSSProperties } from "react";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./evaluations.module.css";

/** Most tokens of a side that are drawn. */
const shownTokens = 64;

interface TokenMatrixProps {
  alignment: PairAlignmentJson;
  active: readonly number[];
  onActive(matches: readonly number[]): void;
}

/** BERTScore's cosines as a heat map with the best partner of each row and column. */
export function TokenMatrix({ alignment, active, onActive }: TokenMatrixProps) {
  const { t } = useI18n();
  const { cosines = [], candidate, reference, matches } = alignment;
  const rows = candidate.slice(0, shownTokens);
  const columns = reference.slice(0, shownTokens);
  // The server lists each row's best partner first, then each column's.
  const place = (m: number) => `${matches[m]!.candidate[0]}:${matches[m]!.reference[0]}`;
  const rowBest = new Map(candidate.map((_, m) => [place(m), m] as const));
  const columnBest = new Map(reference.map((_, j) => [place(candidate.length + j), candidate.length + j] as const));
  const lit = new Set(active.map(place));
  const flat = cosines.flat();
  const low = Math.min(0.2, ...flat);
  const label = (token: string) => token.replace(/^▁/, "") || "␣";
  const cut = candidate.length > shownTokens || reference.length > shownTokens;
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs">
        {t.measure.playground.matrixHelp} {cut && t.measure.playground.matrixCut(shownTokens)}
      </Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className={styles.matrix} tabIndex={0} aria-label={t.measure.playground.matrix}>
        <table onPointerLeave={() => onActive([])}>
          <thead>
            <tr>
              <td />
              {columns.map(({ token, start }, j) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a token is known by its position alone
                <th key={`${start}-${j}`} scope="col">
                  <span className={styles.columnName}>{label(token)}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ token, start }, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a token is known by its position alone
              <tr key={`${start}-${i}`}>
                <th scope="row">{label(token)}</th>
                {columns.map((column, j) => {
                  const at = `${i}:${j}`;
                  const cosine = cosines[i]![j]!;
                  const best = [rowBest.get(at), columnBest.get(at)].filter((m) => m !== undefined);
                  return (
                    <td
                      key={at}
                      className={styles.cell}
                      data-row-best={rowBest.has(at) || undefined}
                      data-column-best={columnBest.has(at) || undefined}
                      data-active={lit.has(at) || undefined}
                      style={{ "--cosine": Math.max(0, (cosine - low) / (1 - low)) ** 1.5 } as CSSProperties}
                      title={`${label(token)} · ${label(column.token)}: ${cosine.toFixed(3)}`}
                      onPointerEnter={() => onActive(best)}
                    >
                      <span className="visually-hidden">{cosine.toFixed(2)}</span>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
