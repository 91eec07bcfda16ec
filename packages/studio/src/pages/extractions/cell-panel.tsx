import type { ExtractionJson, ReviewedRowJson } from "@loam/server";
import { Button, Group, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { InlineError } from "../../components/inline-error.tsx";
import { PageCrop } from "../../components/page-crop.tsx";
import { whereOf } from "../../components/place.ts";
import { writeRegions } from "../../components/region.ts";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import styles from "./extractions.module.css";
import { extractionTexts } from "./texts.ts";

/** A cell: the piece of its page, how sure it is, and its value to correct. */
export function CellPanel({
  row,
  field,
  busy,
  error,
  onSay,
}: {
  row: ReviewedRowJson;
  field: ExtractionJson["fields"][number];
  busy: boolean;
  error: Error | null;
  /** null: not stated; undefined: as it was read. */
  onSay: (value: string | null | undefined) => void;
}) {
  const { t, format } = useI18n();
  const texts = useTexts(extractionTexts);
  const cell = row.cells[field.name];
  const [value, setValue] = useState(cell === undefined ? "" : String(cell.value));
  const { page, box, quote = "" } = cell ?? {};
  const isPlaced = page !== undefined && box !== undefined;
  const choices =
    field.type === "boolean"
      ? [
          { value: "true", label: texts.yes },
          { value: "false", label: texts.no },
        ]
      : field.choices;
  return (
    <aside className={styles.panel} aria-label={texts.cell(field.name, row.name)}>
      <Title order={3} size="h4">
        {field.name}
      </Title>
      <Text size="sm" c="dimmed">
        {row.name}
        {cell && ` · ${texts.sources[cell.source]}`}
        {cell && cell.source !== "person" && ` · ${texts.confidence(format.percent(cell.confidence))}`}
      </Text>
      {isPlaced ? (
        <Link
          to="/documents/$id"
          params={{ id: row.document }}
          search={{ page, at: writeRegions([{ page, box }]) }}
          className={styles.place}
        >
          <PageCrop
            place={{ document: row.document, page, box, quote }}
            label={texts.place(whereOf([{ page, place: cell?.place }], t.common))}
          />
        </Link>
      ) : (
        <Text size="sm" c="dimmed">
          {texts.noPlace}
        </Text>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSay(value.trim());
        }}
      >
        <Stack gap="xs">
          {choices ? (
            <Select
              label={texts.value}
              data={[...choices]}
              value={value || null}
              onChange={(next) => setValue(next ?? "")}
            />
          ) : (
            <TextInput
              label={texts.value}
              value={value}
              maxLength={2000}
              onChange={({ currentTarget }) => setValue(currentTarget.value)}
            />
          )}
          <Group gap="xs">
            <Button type="submit" size="compact-sm" loading={busy} disabled={value.trim() === ""}>
              {texts.save}
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => onSay(null)}>
              {texts.notStated}
            </Button>
            {row.corrected.includes(field.name) && (
              <Button size="compact-sm" variant="subtle" onClick={() => onSay(undefined)}>
                {texts.restore}
              </Button>
            )}
          </Group>
        </Stack>
      </form>
      {error && <InlineError error={error} />}
    </aside>
  );
}
