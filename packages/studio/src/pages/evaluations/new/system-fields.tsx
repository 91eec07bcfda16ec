import {
  ActionIcon,
  Button,
  Fieldset,
  Group,
  Menu,
  MultiSelect,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
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
  const { kind, name, question, column } = system;
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
            <Prompts system={system} help={help} onChange={onChange} />
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

/** Prompts that each of the models is asked by. */
function Prompts({ system, help, onChange }: Pick<SystemCardProps, "system" | "onChange"> & { help?: string }) {
  const texts = useTexts(newEvaluationTexts);
  const { models, prompts } = system;
  const put = (changed: readonly string[]) => onChange({ ...system, prompts: changed });
  const count = models.length * prompts.length;
  return (
    <Stack gap="xs">
      {prompts.map((prompt, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: prompts are told apart by their place
        <Group key={i} gap="xs" wrap="nowrap" align="flex-start">
          <Textarea
            flex={1}
            label={prompts.length > 1 ? texts.promptN(i + 1) : texts.prompt}
            description={i === 0 ? help : undefined}
            value={prompt}
            onChange={(event) => put(prompts.with(i, event.currentTarget.value))}
            autosize
            minRows={2}
            maxRows={12}
          />
          {prompts.length > 1 && (
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={texts.removePrompt(i + 1)}
              onClick={() => put(prompts.toSpliced(i, 1))}
            >
              <CloseIcon />
            </ActionIcon>
          )}
        </Group>
      ))}
      <Group gap="sm">
        <Button variant="subtle" size="compact-sm" leftSection={<PlusIcon />} onClick={() => put([...prompts, ""])}>
          {texts.addPrompt}
        </Button>
        {count > 1 && (
          <Text size="sm" c="dimmed">
            {texts.product(count)}
          </Text>
        )}
      </Group>
    </Stack>
  );
}

function ModelField({ system, onChange }: Pick<SystemCardProps, "system" | "onChange">) {
  const texts = useTexts(newEvaluationTexts);
  const models = useServedModels();
  const writers = (models.data ?? []).filter(({ abilities }) => abilities.includes("chat"));
  if (models.data && writers.length === 0) return <Text size="sm">{texts.noModels}</Text>;
  return (
    <MultiSelect
      label={texts.models}
      data={writers.map(({ id }) => id)}
      value={[...system.models]}
      onChange={(models) => onChange({ ...system, models })}
      searchable
      maw={560}
    />
  );
}
