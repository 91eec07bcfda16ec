import {
  Button,
  FileButton,
  Group,
  NumberInput,
  Radio,
  ScrollArea,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
} from "@mantine/core";
import { useState } from "react";
import { useExampleSets, useReadTable } from "../../../api/evaluations.ts";
import { UploadIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import type { OrderDraft, RowSource } from "./order.ts";
import { newEvaluationTexts } from "./texts.ts";

interface DatasetFieldsProps {
  draft: OrderDraft;
  onChange: (next: Partial<OrderDraft>) => void;
}

const sources: readonly RowSource[] = ["table", "questions", "abstracts", "examples", "spans"];

/** Where the rows come from. */
export function DatasetFields({ draft, onChange }: DatasetFieldsProps) {
  const texts = useTexts(newEvaluationTexts);
  const { source, count, spanName, limit } = draft;
  return (
    <Stack gap="sm">
      <Radio.Group
        label={texts.rows}
        description={texts.sourceHelp[source]}
        value={source}
        onChange={(value) => onChange({ source: value as RowSource })}
      >
        <Group mt="xs" gap="md">
          {sources.map((value) => (
            <Radio key={value} value={value} label={texts.sources[value]} />
          ))}
        </Group>
      </Radio.Group>
      {source === "table" && <TableField draft={draft} onChange={onChange} />}
      {source === "examples" && <ExamplesField draft={draft} onChange={onChange} />}
      {source === "spans" && (
        <TextInput
          label={texts.spanName}
          description={texts.spanNameHelp}
          value={spanName}
          onChange={(event) => onChange({ spanName: event.currentTarget.value })}
          maw={420}
        />
      )}
      <Group align="flex-end">
        {(source === "questions" || source === "spans") && (
          <NumberInput
            label={texts.count}
            value={count}
            onChange={(value) => onChange({ count: Number(value) || 1 })}
            min={1}
            max={1000}
            w={140}
          />
        )}
        <NumberInput
          label={texts.limit}
          value={limit ?? ""}
          onChange={(value) => onChange({ limit: value === "" ? undefined : Number(value) })}
          min={1}
          w={180}
        />
      </Group>
    </Stack>
  );
}

function TableField({ draft, onChange }: DatasetFieldsProps) {
  const { format } = useI18n();
  const texts = useTexts(newEvaluationTexts);
  const table = useReadTable();
  const [name, setName] = useState("");
  const read = (file: File | null) => {
    if (!file) return;
    setName(file.name);
    table.mutate(file, { onSuccess: ({ rows, columns }) => onChange({ rows, columns, table: file.name }) });
  };
  return (
    <Stack gap="xs">
      <Group>
        <FileButton onChange={read}>
          {(props) => (
            <Button {...props} variant="default" leftSection={<UploadIcon />} loading={table.isPending}>
              {texts.upload}
            </Button>
          )}
        </FileButton>
        {draft.rows.length > 0 && !table.isPending && (
          <Text size="sm">{texts.read(format.integer(draft.rows.length), name)}</Text>
        )}
      </Group>
      {table.data?.omitted && (
        <Text size="sm" c="dimmed">
          {texts.omitted}
        </Text>
      )}
      {table.isError && <InlineError error={table.error} />}
      {draft.rows.length > 0 && <FirstRows {...draft} />}
    </Stack>
  );
}

function FirstRows({ rows, columns }: Pick<OrderDraft, "rows" | "columns">) {
  const texts = useTexts(newEvaluationTexts);
  return (
    <ScrollArea type="auto" className="surface" viewportProps={{ tabIndex: 0, "aria-label": texts.firstRows }}>
      <Table fz="xs">
        <Table.Caption>{texts.firstRows}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column}>{column}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.slice(0, 3).map((row, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the first rows of one table
            <Table.Tr key={i}>
              {columns.map((column) => (
                <Table.Td key={column}>{shown(row[column])}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

function ExamplesField({ draft, onChange }: DatasetFieldsProps) {
  const texts = useTexts(newEvaluationTexts);
  const sets = useExampleSets();
  if (sets.data?.length === 0) return <Text size="sm">{texts.noExamples}</Text>;
  return (
    <Select
      label={texts.exampleSet}
      data={(sets.data ?? []).map(({ name, examples }) => ({ value: name, label: `${name} (${examples})` }))}
      value={draft.examples || null}
      onChange={(value) => onChange({ examples: value ?? "" })}
      searchable
      maw={420}
    />
  );
}
