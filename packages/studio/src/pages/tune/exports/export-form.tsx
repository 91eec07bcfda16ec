import { Button, Group, Select, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { endingOf, type ExportForm as Form, useExportAdapter } from "../../../api/exports.ts";
import { InlineError } from "../../../components/inline-error.tsx";
import { useI18n } from "../../../i18n/i18n.tsx";

const forms: readonly Form[] = ["folder", "gguf", "onnx", "adapter"];

/** Writes an adapter for other programs; the server judges the name. */
export function ExportForm({ adapter, base }: { adapter: string; base?: string }) {
  const { t } = useI18n();
  const texts = t.tune.exports;
  const start = useExportAdapter();
  const [form, setForm] = useState<Form>(base ? "folder" : "adapter");
  const [name, setName] = useState<string>();
  const output = name ?? `${adapter}-${form === "adapter" ? "lora" : form}${endingOf(form)}`;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate(
          { form, adapter, base, output },
          { onSuccess: () => notifications.show({ message: texts.started(output) }) },
        );
      }}
    >
      <Group align="flex-end">
        <Select
          label={texts.form}
          data={forms
            .filter((each) => base || each === "adapter")
            .map((value) => ({ value, label: texts.forms[value] }))}
          value={form}
          allowDeselect={false}
          onChange={(value) => value && setForm(value as Form)}
          flex={1}
        />
        <TextInput
          label={texts.name}
          value={output}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          flex={1}
        />
        <Button type="submit" loading={start.isPending}>
          {texts.write}
        </Button>
      </Group>
      {start.error && <InlineError error={start.error} />}
    </form>
  );
}
