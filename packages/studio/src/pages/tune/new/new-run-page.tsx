import { Button, Collapse, Container, Group, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { getRouteApi } from "@tanstack/react-router";
import { type ReactNode, useCallback, useEffect, useId, useState } from "react";
import {
  type Draft,
  useAdapters,
  useDatasets,
  useRecipeSchema,
  useRun,
  useRuns,
  useStartRun,
} from "../../../api/tune.ts";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { useI18n } from "../../../i18n/i18n.tsx";
import { BackToRuns } from "../back-to-runs.tsx";
import styles from "../tune.module.css";
import { TuneError } from "../tune-error.tsx";
import { BaseSection } from "./base-section.tsx";
import { DataSection } from "./data-section.tsx";
import { newDraft, suggestName, withBase, withMethod } from "./draft.ts";
import { ForecastPanel } from "./forecast-panel.tsx";
import { MethodCards } from "./method-cards.tsx";
import { Preview } from "./preview.tsx";
import { SchemaField } from "./schema-field.tsx";
import { type Field, fieldsOf, isShown, type JsonSchema, withValue } from "./schema-fields.ts";

const route = getRouteApi("/tune/new");

/** Shown at once, in this order; every other field of the schema is folded away. */
const shownFields = {
  base: ["quantize"],
  data: ["data.template", "data.max_tokens", "data.eval_share"],
  objective: [
    "objective.type",
    "objective.beta",
    "objective.label_smoothing",
    "objective.desirable_weight",
    "objective.undesirable_weight",
    "objective.reward",
    "objective.group_size",
    "objective.max_new_tokens",
  ],
  training: ["optimizer.learning_rate", "epochs", "batch_size", "eval_every_steps", "sample_prompts"],
};
/** Chosen elsewhere in the form. */
const elsewhere = new Set(["model", "output", "data.path", "method.peft_type"]);
const shownOptions = new Set([
  ...["r", "lora_alpha", "alpha", "lora_dropout", "init_r", "target_r", "target_modules"],
  ...["feedforward_modules", "num_virtual_tokens", "config", "keep"],
]);
const hiddenOptions = new Set([
  ...["peft_type", "base_model_name_or_path", "task_type", "inference_mode", "peft_version", "total_step"],
  ...["fan_in_fan_out", "name", "modules_to_save", "encoder_reparameterization_type"],
]);

export function NewRunPage() {
  const { t } = useI18n();
  const { like } = route.useSearch();
  return (
    <Container size="lg" py="xl">
      <BackToRuns />
      <PageHeader title={t.tune.form.title} intro={t.tune.form.intro} />
      {like === undefined ? <Form initial={newDraft()} /> : <FormLike run={like} />}
    </Container>
  );
}

/** The form with the recipe of an earlier run in it. */
function FormLike({ run: id }: { run: string }) {
  const run = useRun(id);
  if (run.status === "pending") return <ListSkeleton rows={4} height={140} />;
  if (run.status === "error") return <InlineError error={run.error} onRetry={run.refetch} />;
  return <Form initial={{ ...run.data.run.recipe, output: "" }} />;
}

function Form({ initial }: { initial: Draft }) {
  const { t } = useI18n();
  const schema = useRecipeSchema();
  const start = useStartRun();
  const navigate = route.useNavigate();
  const [draft, setDraft] = useState<Draft>(initial);
  const chooseBase = useCallback(
    (base: Parameters<typeof withBase>[1]) => setDraft((known) => withBase(known, base)),
    [],
  );
  const data = draft.data as { path?: string; template?: string; max_tokens?: number };
  const method = (draft.method as { peft_type: string }).peft_type;
  const objective = (draft.objective as { type?: string } | undefined)?.type ?? "sft";
  const rowsOf = { kto: t.tune.form.judgedRows, grpo: t.tune.form.questionRows };
  const name = useSuggestedName(data.path, method);
  const model = draft.model as string;
  const isComplete = model !== "" && Boolean(data.path);
  const finished = {
    ...draft,
    output: (draft.output as string) || name,
    sample_prompts: ((draft.sample_prompts ?? []) as string[]).filter((prompt) => prompt.trim() !== ""),
  };
  const [settled] = useDebouncedValue(isComplete ? finished : undefined, 400);
  if (schema.status === "pending") return <ListSkeleton rows={4} height={140} />;
  if (schema.status === "error") return <InlineError error={schema.error} onRetry={schema.refetch} />;

  const fields = fieldsOf(schema.data.recipe as JsonSchema);
  const shown = (keys: readonly string[]) =>
    keys.flatMap((key) => fields.filter((field) => field.path.join(".") === key && isShown(field, draft)));
  const known = new Set(Object.values(shownFields).flat());
  const advanced = fields.filter(({ path }) => !known.has(path.join(".")) && !elsewhere.has(path.join(".")));
  const options = fieldsOf(methodSchema(schema.data.methods[method] as JsonSchema, method)).filter(
    ({ path }) => !hiddenOptions.has(path[0]!),
  );
  const grid = (list: readonly Field[], at: readonly string[] = []) => (
    <SimpleGrid cols={{ base: 1, xs: 2 }} verticalSpacing="md" className={styles.fields}>
      {list.map((field) => (
        <div key={`${method} ${field.path.join(".")}`} data-wide={field.path.at(-1) === "sample_prompts" || undefined}>
          <SchemaField field={{ ...field, path: [...at, ...field.path] }} draft={draft} onChange={setDraft} />
        </div>
      ))}
    </SimpleGrid>
  );
  return (
    <form
      className={styles.newRun}
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate(finished, { onSuccess: ({ id }) => navigate({ to: "/tune/runs/$id", params: { id } }) });
      }}
    >
      <Stack gap="lg">
        <Section number={1} title={t.tune.form.base} help={t.tune.form.baseHelp}>
          <BaseSection value={model} onChange={chooseBase} />
          {grid(shown(shownFields.base))}
        </Section>
        <Section number={2} title={t.tune.form.data} help={t.tune.form.dataHelp}>
          <DataSection
            value={data.path ?? ""}
            onChange={(path) => setDraft((before) => withValue(before, ["data", "path"], path))}
          />
          {grid(shown(shownFields.data))}
          {grid(shown(shownFields.objective))}
          {objective === "sft" ? (
            <Preview
              dataset={data.path || undefined}
              base={model || undefined}
              template={data.template ?? "alpaca"}
              maxTokens={data.max_tokens ?? 512}
            />
          ) : (
            <Text size="sm" c="dimmed">
              {rowsOf[objective as keyof typeof rowsOf] ?? t.tune.form.pairedRows}
            </Text>
          )}
        </Section>
        <Section number={3} title={t.tune.form.method} help={t.tune.form.methodHelp}>
          <MethodCards
            methods={schema.data.methodNames}
            value={method}
            onChange={(type) => setDraft((before) => withMethod(before, type))}
          />
          {grid(
            options.filter(({ path }) => shownOptions.has(path[0]!)),
            ["method"],
          )}
          <Folded label={t.tune.form.methodOptions}>
            {grid(
              options.filter(({ path }) => !shownOptions.has(path[0]!)),
              ["method"],
            )}
          </Folded>
        </Section>
        <Section number={4} title={t.tune.form.training} help={t.tune.form.trainingHelp}>
          {grid(shown(shownFields.training))}
          <Folded label={t.tune.form.advanced}>{grid(advanced)}</Folded>
        </Section>
      </Stack>
      <div className={styles.newRunSide}>
        <Stack gap="md">
          <ForecastPanel draft={settled} />
          <TextInput
            label={t.tune.form.name}
            description={t.tune.form.nameHelp}
            placeholder={name}
            value={draft.output as string}
            onChange={(event) => setDraft({ ...draft, output: event.currentTarget.value })}
            spellCheck={false}
          />
          {start.isError && <TuneError error={start.error} />}
          <Button type="submit" size="md" disabled={!isComplete} loading={start.isPending}>
            {t.tune.form.start}
          </Button>
          {!isComplete && (
            <Text size="sm" c="dimmed">
              {t.tune.form.incomplete}
            </Text>
          )}
        </Stack>
      </div>
    </form>
  );
}

function Section({
  number,
  title,
  help,
  children,
}: {
  number: number;
  title: string;
  help: string;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section className={styles.section} aria-labelledby={id}>
      <Group gap="sm" align="flex-start" wrap="nowrap">
        <span className={styles.sectionNumber} aria-hidden="true">
          {number}
        </span>
        <div>
          <Title order={2} id={id}>
            {title}
          </Title>
          <Text size="sm" c="dimmed">
            {help}
          </Text>
        </div>
      </Group>
      {children}
    </section>
  );
}

function Folded({ label, children }: { label: string; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  return (
    <div>
      <Button
        size="compact-sm"
        variant="subtle"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        mb={open ? "sm" : 0}
      >
        {open ? "−" : "+"} {label}
      </Button>
      <Collapse expanded={open}>{children}</Collapse>
    </div>
  );
}

/** A name that is free, by dataset and method. */
function useSuggestedName(dataset: string | undefined, method: string): string {
  const datasets = useDatasets();
  const adapters = useAdapters();
  const runs = useRuns();
  const [taken, setTaken] = useState<readonly string[]>([]);
  useEffect(() => {
    setTaken([...(adapters.data ?? []).map(({ id }) => id), ...(runs.data ?? []).map(({ name }) => name)]);
  }, [adapters.data, runs.data]);
  return suggestName(
    datasets.data?.find(({ id }) => id === dataset),
    method,
    taken,
  );
}

/** Where a method's options stand in one object with presets, the presets are the choice. */
function methodSchema(schema: JsonSchema, method: string): JsonSchema {
  if (method !== "BOTTLENECK") return schema;
  const config = { enum: ["seq_bn", "double_seq_bn", "par_bn"], default: "seq_bn" };
  return { ...schema, properties: { ...schema.properties, config } };
}
