import { ActionIcon, Button, Group, MultiSelect, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useStartExtraction } from "../../api/extractions.ts";
import { CloseIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { useTexts } from "../../i18n/i18n.tsx";
import styles from "./extractions.module.css";
import { type DraftField, fieldTypes, schemaOf } from "./field-schema.ts";
import { extractionTexts } from "./texts.ts";

/** What to read, and from which documents. */
export function NewExtraction({
  documents,
  onStarted,
}: {
  documents: { value: string; label: string }[];
  onStarted: (id: string) => void;
}) {
  const texts = useTexts(extractionTexts);
  const start = useStartExtraction();
  const [fields, setFields] = useState<readonly DraftField[]>([
    { key: 0, name: "", type: "string" },
    { key: 1, name: "", type: "number" },
  ]);
  const [rows, setRows] = useState<"documents" | "records">("documents");
  const [chosen, setChosen] = useState<string[]>([]);
  const named = fields.filter(({ name }) => name.trim());
  const change = (key: number, next: Partial<DraftField>) =>
    setFields(fields.map((field) => (field.key === key ? { ...field, ...next } : field)));
  return (
    <form
      className={`surface ${styles.form}`}
      onSubmit={(event) => {
        event.preventDefault();
        const name = named
          .map((field) => field.name.trim())
          .slice(0, 4)
          .join(", ");
        start.mutate(
          { schema: schemaOf(fields, rows), name, ...(chosen.length > 0 && { documents: chosen }) },
          { onSuccess: ({ id }) => onStarted(id) },
        );
      }}
    >
      <Stack gap={6}>
        <Text size="sm" fw={500}>
          {texts.fields}
        </Text>
        {fields.map(({ key, name, type }, index) => (
          <Group key={key} gap={6} wrap="nowrap">
            <TextInput
              flex={1}
              maw={320}
              aria-label={texts.field(index + 1)}
              placeholder={index === 0 ? texts.fieldPlaceholder : undefined}
              value={name}
              maxLength={120}
              onChange={({ currentTarget }) => change(key, { name: currentTarget.value })}
            />
            <Select
              w={150}
              aria-label={texts.type(index + 1)}
              allowDeselect={false}
              data={fieldTypes.map((value) => ({ value, label: texts.types[value] }))}
              value={type}
              onChange={(value) => value && change(key, { type: value })}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={texts.removeField(name)}
              disabled={fields.length === 1}
              onClick={() => setFields(fields.filter((field) => field.key !== key))}
            >
              <CloseIcon />
            </ActionIcon>
          </Group>
        ))}
        <Group>
          <Button
            size="compact-sm"
            variant="subtle"
            disabled={fields.length >= 200}
            onClick={() =>
              setFields([...fields, { key: Math.max(...fields.map(({ key }) => key)) + 1, name: "", type: "string" }])
            }
          >
            {texts.addField}
          </Button>
        </Group>
      </Stack>
      <Group align="end" gap="sm">
        <Select
          label={texts.rows}
          w={190}
          allowDeselect={false}
          data={(["documents", "records"] as const).map((value) => ({ value, label: texts.rowKinds[value] }))}
          value={rows}
          onChange={(value) => value && setRows(value)}
        />
        <MultiSelect
          label={texts.from}
          flex="1 1 16rem"
          placeholder={chosen.length === 0 ? texts.allDocuments : undefined}
          data={documents}
          value={chosen}
          onChange={setChosen}
          searchable
          clearable
          limit={50}
        />
        <Button type="submit" loading={start.isPending} disabled={named.length === 0}>
          {texts.start}
        </Button>
      </Group>
      {start.isError && <InlineError error={start.error} />}
    </form>
  );
}
