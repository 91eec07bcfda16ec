import { UnstyledButton } from "@mantine/core";
import { useI18n } from "../../i18n/i18n.tsx";
import type { SpanRow } from "./span-row.ts";
import styles from "./traces.module.css";

interface SpanListProps {
  rows: readonly SpanRow[];
  view: "tree" | "waterfall";
  chosen: string | undefined;
  onChoose: (span: string) => void;
}

/** The steps of a trace, nested by indentation; in the waterfall with a bar for when each ran. */
export function SpanList({ rows, view, chosen, onChoose }: SpanListProps) {
  const { t, format } = useI18n();
  return (
    <ul className={styles.spans} aria-label={t.traces[view]}>
      {rows.map(({ span, leftPercent, widthPercent }) => (
        <li key={span.id}>
          <UnstyledButton
            className={styles.span}
            aria-pressed={span.id === chosen}
            onClick={() => onChoose(span.id)}
            style={{ "--depth": span.depth }}
          >
            <span className={styles.spanName}>
              <span className={styles.kind} data-kind={span.kind} data-status={span.status} title={span.kind} />
              {span.name}
            </span>
            {view === "waterfall" && (
              <span className={styles.track}>
                <span
                  className={styles.bar}
                  data-kind={span.kind}
                  data-status={span.status}
                  style={{ left: `${leftPercent}%`, width: `${widthPercent}%` }}
                />
              </span>
            )}
            <span className={styles.spanTime}>{format.duration(span.durationMs)}</span>
          </UnstyledButton>
        </li>
      ))}
    </ul>
  );
}
