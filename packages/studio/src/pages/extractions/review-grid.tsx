import type { ExtractionJson, ReviewedRowJson } from "@loam/server";
import { Button, Checkbox, Group, Text, VisuallyHidden } from "@mantine/core";
import { useState } from "react";
import { rowsAtATime, useExtractedRows, useReview } from "../../api/extractions.ts";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import { CellPanel } from "./cell-panel.tsx";
import styles from "./extractions.module.css";
import { extractionTexts } from "./texts.ts";

/** Below this a cell asks to be looked at. */
const surely = 0.75;

/** Rows by fields; the chosen cell with its place beside them. */
export function ReviewGrid({
  extraction,
  from,
  onPage,
}: {
  extraction: ExtractionJson;
  from: number;
  onPage: (from: number) => void;
}) {
  const { format } = useI18n();
  const texts = useTexts(extractionTexts);
  const rows = useExtractedRows(extraction.id, from);
  const review = useReview(extraction.id, from);
  const [chosen, setChosen] = useState<{ row: string; field: string }>();
  if (rows.status === "pending") return <ListSkeleton rows={4} height={40} />;
  if (rows.status === "error") return <InlineError error={rows.error} onRetry={rows.refetch} />;
  if (rows.data.length === 0) return <Text c="dimmed">{texts.noRows}</Text>;
  const { fields } = extraction;
  const row = rows.data.find((one) => keyOf(one) === chosen?.row);
  const field = fields.find(({ name }) => name === chosen?.field);
  return (
    <div className={styles.split}>
      <div className={styles.wide}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
        <section className={styles.scroll} tabIndex={0} aria-label={extraction.name}>
          <table className={styles.grid}>
            <thead>
              <tr>
                <th scope="col">{texts.document}</th>
                {fields.map(({ name }) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
                <th scope="col">{texts.reviewed}</th>
              </tr>
            </thead>
            <tbody>
              {rows.data.map((one) => (
                <tr key={keyOf(one)} data-reviewed={one.reviewed || undefined}>
                  <th scope="row" title={one.name}>
                    {one.name}
                  </th>
                  {fields.map(({ name }) => (
                    <GridCell
                      key={name}
                      cell={one.cells[name]}
                      label={texts.cell(name, one.name)}
                      isChosen={keyOf(one) === chosen?.row && name === chosen.field}
                      isCorrected={one.corrected.includes(name)}
                      onChoose={() => setChosen({ row: keyOf(one), field: name })}
                    />
                  ))}
                  <td>
                    <Checkbox
                      aria-label={texts.isRight(one.name, one.ordinal + 1)}
                      checked={one.reviewed}
                      onChange={({ currentTarget }) =>
                        review.mutate({ row: one, said: { reviewed: currentTarget.checked } })
                      }
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
        {extraction.rowCount > rowsAtATime && (
          <Group justify="center" mt="sm">
            <Button
              variant="default"
              size="compact-sm"
              disabled={from === 0}
              onClick={() => onPage(Math.max(0, from - rowsAtATime))}
            >
              {texts.earlier}
            </Button>
            <Text size="sm" c="dimmed">
              {format.integer(from + 1)}–{format.integer(from + rows.data.length)} /{" "}
              {format.integer(extraction.rowCount)}
            </Text>
            <Button
              variant="default"
              size="compact-sm"
              disabled={from + rows.data.length >= extraction.rowCount}
              onClick={() => onPage(from + rowsAtATime)}
            >
              {texts.later}
            </Button>
          </Group>
        )}
      </div>
      {row && field ? (
        <CellPanel
          key={`${keyOf(row)} ${field.name}`}
          row={row}
          field={field}
          error={review.error}
          busy={review.isPending}
          onSay={(value) =>
            review.mutate({ row, said: value === undefined ? { field: field.name } : { field: field.name, value } })
          }
        />
      ) : (
        <aside className={styles.panel}>
          <Text size="sm" c="dimmed">
            {texts.chooseCell}
          </Text>
        </aside>
      )}
    </div>
  );
}

const keyOf = ({ document, ordinal }: Pick<ReviewedRowJson, "document" | "ordinal">): string =>
  `${document} ${ordinal}`;

function GridCell({
  cell,
  label,
  isChosen,
  isCorrected,
  onChoose,
}: {
  cell: ReviewedRowJson["cells"][string] | undefined;
  label: string;
  isChosen: boolean;
  isCorrected: boolean;
  onChoose: () => void;
}) {
  const { format } = useI18n();
  const texts = useTexts(extractionTexts);
  const shown = cell === undefined ? texts.nothing : showValue(cell.value, texts);
  const doubt = cell ? (cell.confidence < surely ? "some" : undefined) : "missing";
  return (
    <td data-corrected={isCorrected || undefined} data-doubt={doubt}>
      <button type="button" className={styles.cell} aria-pressed={isChosen} onClick={onChoose}>
        <VisuallyHidden>{label}: </VisuallyHidden>
        <span className={styles.cellValue}>{shown}</span>
        {cell && cell.source !== "person" && <span className={styles.sure}>{format.percent(cell.confidence)}</span>}
      </button>
    </td>
  );
}

/** A value in the reader's language. */
const showValue = (value: string | number | boolean, texts: { yes: string; no: string }): string =>
  typeof value === "boolean" ? (value ? texts.yes : texts.no) : String(value);
