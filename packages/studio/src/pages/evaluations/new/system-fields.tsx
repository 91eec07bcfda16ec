import { ActionIcon, Button, Fieldset, Group, Menu, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useServedModels } from "../../../api/openai.ts";
import { CloseIcon, PlusIcon } from "../../../components/icons.tsx";
import { useTexts } from "../../../i18n/i18n.tsx";
import { fieldsOf, newSystem, type OrderDraft, type SystemDraft } from "./order.ts";
import { newEvaluationTexts } from "./texts.ts";

interface SystemFieldsProps {
  draft: OrderDraft;
  onChange: (next: Partial<OrderDraft>) => void;
}

const kinds = ["model", "ask", "column"] as const;

/** What is compared: a card for each system. */
export function SystemFields({ draft, onChange }: SystemFieldsProps) {
  const texts = useTexts(newEvaluationTexts);
  const { systems } = draft;
  const fields = fieldsOf(draft);
  const add = (kind: SystemDraft["kind"]) => {
    const key = 1 + Math.max(0, ...systems.map((system) => system.key));
    onChange({ systems: [...systems, newSystem(kind, key, fields)] });
  };
  const put = (changed: SystemDraft) =>
    onChange({ systems: systems.map((system) => (system.key === changed.key ? changed : system)) });
  return (
    <Stack gap="sm">
      {systems.map((system, i) => (
        <SystemCard
          key={system.key}
          position={i + 1}
          system={system}
          fields={fields}
          onChange={put}
          onRemove={() => onChange({ systems: systems.filter(({ key }) => key !== system.key) })}
        />
      ))}
      <Menu position="bottom-start">
        <Menu.Target>
          <Button variant="default" leftSection={<PlusIcon />} style={{ alignSelf: "flex-start" }}>
            {texts.add}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {kinds.map((kind) => (
            <Menu.Item key={kind} onClick={() => add(kind)}>
              {texts.kinds[kind]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </Stack>
  );
}

interface SystemCardProps {
  position: number;
  system: SystemDraft;
  fields: readonly string[];
  onChange: (system: SystemDraft) => void;
  onRemove: () => void;
}

function SystemCard({ position, system, fields, onChange, onRemove }: SystemCardProps) {
  const texts = useTexts(newEvaluationTexts);
  const { kind, name, prompt, question, column } = system;
  const known = fields.map((field) => `{{${field}}}`).join(" ");
  const help = fields.length > 0 ? texts.promptHelp(known) : undefined;
  return (
    <Fieldset legend={`${texts.system(position)}: ${texts.kinds[kind]}`}>
      <Stack gap="sm">
        <Group align="flex-end" justify="space-between">
          <TextInput
            label={texts.systemName}
            value={name}
            onChange={(event) => onChange({ ...system, name: event.currentTarget.value })}
            maw={260}
          />
          <ActionIcon variant="subtle" color="gray" aria-label={texts.remove(name)} onClick={onRemove}>
            <CloseIcon />
          </ActionIcon>
        </Group>
        {kind === "model" && (
          <>
            <ModelField system={system} onChange={onChange} />
            <Textarea
              label={texts.prompt}
              description={help}
              value={prompt}
              onChange={(event) => onChange({ ...system, prompt: event.currentTarget.value })}
              autosize
              minRows={2}
              maxRows={12}
            />
          </>
        )}
        {kind === "ask" && (
          <TextInput
            label={texts.question}
            description={help}
            value={question}
            onChange={(event) => onChange({ ...system, question: event.currentTarget.value })}
          />
        )}
        {kind === "column" && (
          <TextInput
            label={texts.column}
            description={help}
            value={column}
            onChange={(event) => onChange({ ...system, column: event.currentTarget.value })}
            maw={260}
          />
        )}
      </Stack>
    </Fieldset>
  );
}

function ModelField({ system, onChange }: Pick<SystemCardProps, "system" | "onChange">) {
  const texts = useTexts(newEvaluationTexts);
  const models = useServedModels();
  const writers = (models.data ?? []).filter(({ abilities }) => abilities.includes("chat"));
  if (models.data && writers.length === 0) return <Text size="sm">{texts.noModels}</Text>;
  return (
    <Select
      label={texts.model}
      data={writers.map(({ id }) => id)}
      value={system.model || null}
      onChange={(value) => onChange({ ...system, model: value ?? "" })}
      searchable
      maw={420}
    />
  );
}
