import { NumberInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { useI18n } from "../../../i18n/i18n.tsx";
import { type Field, valueAt, withValue } from "./schema-fields.ts";

/** One field of a recipe. Left empty, it says what then holds. */
export function SchemaField({
  field,
  draft,
  onChange,
  labels,
}: {
  field: Field;
  draft: Record<string, unknown>;
  onChange: (draft: Record<string, unknown>) => void;
  /** Names of the fields of another recipe than fine-tuning's. */
  labels?: Readonly<Record<string, { label: string; help?: string }>>;
}) {
  const { t } = useI18n();
  const name = field.path.at(-1)!;
  const known = labels ?? t.tune.fields;
  const text = known[field.path.join(".")] ?? known[name];
  const value = valueAt(draft, field.path);
  const set = (next: unknown) =>
    onChange(field.replaces ? withValue(draft, field.replaces, { [name]: next }) : withValue(draft, field.path, next));
  const shared = { label: text?.label ?? name.replaceAll("_", " "), description: text?.help ?? field.description };
  const fallback =
    field.default === undefined || field.default === null ? t.tune.form.automatic : String(field.default);
  switch (field.kind) {
    case "switch":
      return (
        <Switch
          {...shared}
          checked={(value ?? field.default ?? false) as boolean}
          onChange={(event) => set(event.currentTarget.checked)}
          my="auto"
        />
      );
    case "choice":
      return (
        <Select
          {...shared}
          data={field.choices!.map((choice) => ({ value: choice, label: t.tune.enums[choice] ?? choice }))}
          value={(value ?? field.default ?? null) as string | null}
          placeholder={fallback}
          clearable={field.default === undefined}
          onChange={(next) => set(next ?? undefined)}
          allowDeselect={false}
          comboboxProps={{ withinPortal: true }}
        />
      );
    case "integer":
    case "number":
      return (
        <NumberInput
          {...shared}
          value={(value as number | undefined) ?? ""}
          placeholder={fallback}
          allowDecimal={field.kind === "number"}
          decimalScale={8}
          min={field.min}
          max={field.max}
          step={field.kind === "integer" ? 1 : stepOf(value ?? field.default)}
          onChange={(next) => set(next === "" || Number.isNaN(Number(next)) ? undefined : Number(next))}
        />
      );
    case "names":
      return name === "sample_prompts" ? (
        <Textarea
          {...shared}
          description={`${shared.description ?? ""} ${t.tune.form.lines}`.trim()}
          autosize
          minRows={2}
          maxRows={6}
          value={((value ?? []) as string[]).join("\n")}
          onChange={(event) => set(event.currentTarget.value === "" ? [] : event.currentTarget.value.split("\n"))}
        />
      ) : (
        <NamesInput shared={shared} value={value} onChange={set} placeholder={fallback} />
      );
    case "text":
      return (
        <TextInput
          {...shared}
          value={(value as string | undefined) ?? ""}
          placeholder={fallback}
          onChange={(event) => set(event.currentTarget.value || undefined)}
        />
      );
  }
}

/** Names separated by commas; a single word such as `all-linear` stays one. */
function NamesInput({
  shared,
  value,
  onChange,
  placeholder,
}: {
  shared: { label: string; description?: string };
  value: unknown;
  onChange: (value: unknown) => void;
  placeholder: string;
}) {
  const shown = Array.isArray(value) ? value.join(", ") : ((value as string | undefined) ?? "");
  return (
    <TextInput
      {...shared}
      defaultValue={shown}
      key={shown}
      placeholder={placeholder}
      spellCheck={false}
      onBlur={(event) => {
        const names = event.currentTarget.value.split(/[,\s]+/).filter(Boolean);
        onChange(names.length === 0 ? undefined : names.length === 1 && !Array.isArray(value) ? names[0] : names);
      }}
    />
  );
}

/** A tenth of the number's own size: 0.0002 moves by 0.0001. */
function stepOf(value: unknown): number {
  const size = typeof value === "number" && value > 0 ? value : 0.1;
  return 10 ** Math.floor(Math.log10(size));
}
