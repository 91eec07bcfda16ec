import { Button, Group, JsonInput, NumberInput, Slider, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useId } from "react";
import { useTexts } from "../../i18n/i18n.tsx";
import styles from "./chat.module.css";
import { type ChatSettings, parseFunctions, parseSchema } from "./request.ts";
import { chatTexts } from "./texts.ts";

const example = JSON.stringify(
  [
    {
      name: "get_weather",
      description: "The weather in a city now",
      parameters: {
        type: "object",
        properties: { city: { type: "string" }, unit: { type: "string", enum: ["celsius", "fahrenheit"] } },
        required: ["city"],
      },
    },
  ],
  null,
  2,
);

/** What all columns are asked with; checked while it is written. */
export function SettingsPanel({
  settings,
  onChange,
}: {
  settings: ChatSettings;
  onChange: (next: Partial<ChatSettings>) => void;
}) {
  const texts = useTexts(chatTexts);
  const schema = parseSchema(settings.schema);
  return (
    <details className={styles.settings} open={matchMedia("(min-width: 62em)").matches}>
      <summary>{texts.settings}</summary>
      <Stack gap="sm" pt="sm">
        <Textarea
          label={texts.system}
          value={settings.system}
          onChange={(event) => onChange({ system: event.currentTarget.value })}
          autosize
          minRows={2}
          maxRows={8}
        />
        <LabelledSlider
          label={texts.temperature}
          value={settings.temperature}
          max={2}
          onChange={(temperature) => onChange({ temperature })}
        />
        <LabelledSlider label={texts.topP} value={settings.topP} max={1} onChange={(topP) => onChange({ topP })} />
        <Group grow gap="xs" align="flex-start">
          <NumberInput
            label={texts.maxTokens}
            value={settings.maxTokens}
            onChange={(value) => onChange({ maxTokens: Number(value) || 1 })}
            min={1}
            max={100_000}
            allowDecimal={false}
          />
          <TextInput
            label={texts.seed}
            placeholder={texts.seedHelp}
            value={settings.seed}
            onChange={(event) => onChange({ seed: event.currentTarget.value.replaceAll(/\D/g, "") })}
          />
        </Group>
        <Switch
          label={texts.logprobs}
          checked={settings.logprobs}
          onChange={(event) => onChange({ logprobs: event.currentTarget.checked })}
        />
        <FunctionsField value={settings.functions} onChange={(functions) => onChange({ functions })} />
        <JsonInput
          label={texts.schema}
          description={texts.schemaHelp}
          value={settings.schema}
          onChange={(value) => onChange({ schema: value })}
          error={schema.problem}
          autosize
          minRows={2}
          maxRows={12}
          classNames={{ input: styles.code }}
        />
      </Stack>
    </details>
  );
}

/** A JSON editor of functions that says what is wrong, and where. */
export function FunctionsField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const texts = useTexts(chatTexts);
  const functions = parseFunctions(value);
  const count = functions.value?.length ?? 0;
  return (
    <div>
      <JsonInput
        label={texts.functions}
        description={texts.functionsHelp}
        value={value}
        onChange={onChange}
        error={functions.problem}
        formatOnBlur
        autosize
        minRows={2}
        maxRows={16}
        classNames={{ input: styles.code }}
      />
      <Group justify="space-between" mt={4} mih={22}>
        <Text size="xs" c="dimmed" role="status">
          {count > 0 ? texts.functionsOk(count) : ""}
        </Text>
        {value.trim() === "" && (
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => onChange(example)}>
            {texts.exampleFunction}
          </Button>
        )}
      </Group>
    </div>
  );
}

function LabelledSlider({
  label,
  value,
  max,
  onChange,
}: {
  label: string;
  value: number;
  max: number;
  onChange: (value: number) => void;
}) {
  const id = useId();
  return (
    <div>
      <Group justify="space-between">
        <Text size="sm" fw={500} id={id}>
          {label}
        </Text>
        <Text size="sm">{value}</Text>
      </Group>
      <Slider
        min={0}
        max={max}
        step={0.05}
        value={value}
        onChange={onChange}
        label={null}
        thumbProps={{ "aria-labelledby": id }}
      />
    </div>
  );
}
