import {
  Button,
  Collapse,
  Container,
  Loader,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import {
  useStartVideoRun,
  useVideoForecast,
  useVideoRecipeSchema,
  useVideoRuns,
  type VideoDraft,
} from "../../../api/video-training.ts";
import { useVideoModels } from "../../../api/videos.ts";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import { SchemaField } from "../../tune/new/schema-field.tsx";
import { type Field, fieldsOf, type JsonSchema, withValue } from "../../tune/new/schema-fields.ts";
import { toCountText } from "../../tune/run-row.ts";
import styles from "../../tune/tune.module.css";
import { TuneError } from "../../tune/tune-error.tsx";
import { BackToTrainings } from "./back-to-trainings.tsx";
import { ClipSets } from "./clip-sets.tsx";
import { freeName, type StarterName, starterNames, starters } from "./starters.ts";
import { trainTexts } from "./train-texts.ts";

const route = getRouteApi("/video/train/new");

/** Shown at once; every other field of the schema is folded away. */
const mainFields = ["steps", "batch_size", "optimizer.learning_rate", "sample_every_steps", "sample_prompts"];
const modelFields = ["model.hidden", "model.depth", "model.heads"];

/** The form of a recipe, made from its schema. */
export function NewTrainingPage() {
  const texts = useTexts(trainTexts);
  const schema = useVideoRecipeSchema();
  return (
    <Container size="lg" py="xl">
      <BackToTrainings />
      <PageHeader title={texts.new} intro={texts.newIntro} />
      {schema.status === "pending" && <ListSkeleton rows={4} height={140} />}
      {schema.status === "error" && <InlineError error={schema.error} onRetry={schema.refetch} />}
      {schema.data && (
        <Form schema={schema.data.recipe as JsonSchema} data={schema.data.data as Record<string, JsonSchema>} />
      )}
    </Container>
  );
}

function Form({ schema, data }: { schema: JsonSchema; data: Record<string, JsonSchema> }) {
  const texts = useTexts(trainTexts);
  const navigate = route.useNavigate();
  const start = useStartVideoRun();
  const models = useVideoModels();
  const runs = useVideoRuns();
  const [starter, setStarter] = useState<StarterName>("quick");
  const [draft, setDraft] = useState<VideoDraft>(starters.quick);
  const [name, setName] = useState("");
  const [open, setOpen] = useState(false);
  const taken = [...(models.data ?? []), ...(runs.data ?? [])].map((one) => one.name);
  const usual = freeName(starter, taken);
  const prompts = ((draft.sample_prompts ?? []) as string[]).filter((prompt) => prompt.trim() !== "");
  const finished = { ...draft, sample_prompts: prompts, output: name.trim() || usual };
  const own = draft.data as { kind: string; path?: string };
  const isWhole = own.kind !== "folder" || Boolean(own.path);
  const [settled] = useDebouncedValue(isWhole ? finished : undefined, 400);
  const fields = fieldsOf(schema).filter(({ path }) => path[0] !== "output");
  const ofData = fieldsOf(data[(draft.data as { kind: string }).kind]!, ["data"]).filter(
    ({ path }) =>
      !["kind", "images", "labels", "path"].includes(path[1]!) && (path[1] !== "size" || own.kind === "folder"),
  );
  const pick = (keys: readonly string[]) =>
    keys.flatMap((key) => fields.find(({ path }) => path.join(".") === key) ?? []);
  const rest = fields.filter(({ path }) => ![...mainFields, ...modelFields].includes(path.join(".")));
  const grid = (list: readonly Field[]) => (
    <SimpleGrid cols={{ base: 1, xs: 2 }} verticalSpacing="md" className={styles.fields}>
      {list.map((field) => (
        <div key={`${starter} ${field.path.join(".")}`} data-wide={field.path.at(-1) === "sample_prompts" || undefined}>
          <SchemaField field={field} draft={draft} onChange={setDraft} labels={texts.fields} />
        </div>
      ))}
    </SimpleGrid>
  );
  const part = (title: string, list: readonly Field[]) => (
    <section className={styles.section}>
      <Title order={2}>{title}</Title>
      {grid(list)}
    </section>
  );
  return (
    <form
      className={styles.newRun}
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate(finished, { onSuccess: ({ id }) => navigate({ to: "/video/train/$id", params: { id } }) });
      }}
    >
      <Stack gap="lg">
        <section className={styles.section}>
          <Title order={2}>{texts.starter}</Title>
          <SegmentedControl
            aria-label={texts.starter}
            value={starter}
            data={starterNames.map((value) => ({ value, label: texts.starters[value] }))}
            onChange={(value) => {
              setStarter(value as StarterName);
              setDraft(starters[value as StarterName]);
            }}
          />
          <Text size="sm" c="dimmed">
            {texts.starterHelp[starter]}
          </Text>
        </section>
        {own.kind === "folder" && (
          <section className={styles.section}>
            <Title order={2}>{texts.ownClips}</Title>
            <ClipSets
              value={own.path ?? ""}
              onChange={(path) => setDraft((before) => withValue(before, ["data", "path"], path))}
            />
          </section>
        )}
        {part(texts.main, pick(mainFields))}
        {part(texts.modelPart, pick(modelFields))}
        {part(texts.dataPart, ofData)}
        <div>
          <Button size="compact-sm" variant="subtle" aria-expanded={open} onClick={() => setOpen(!open)} mb="sm">
            {open ? "−" : "+"} {texts.more}
          </Button>
          <Collapse expanded={open}>{grid(rest)}</Collapse>
        </div>
      </Stack>
      <div className={styles.newRunSide}>
        <Stack gap="md">
          <Forecast draft={settled} />
          <TextInput
            label={texts.name}
            description={texts.nameHelp}
            placeholder={usual}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            spellCheck={false}
          />
          {start.isError && <TuneError error={start.error} />}
          <Button type="submit" size="md" disabled={!isWhole} loading={start.isPending}>
            {texts.start}
          </Button>
        </Stack>
      </div>
    </form>
  );
}

function Forecast({ draft }: { draft: VideoDraft | undefined }) {
  const texts = useTexts(trainTexts);
  const { t, format } = useI18n();
  const forecast = useVideoForecast(draft);
  const counted = forecast.isError ? undefined : forecast.data;
  return (
    <section className={styles.forecast} aria-label={texts.forecast} aria-live="polite" aria-busy={forecast.isFetching}>
      <Title order={2} mb="xs">
        {texts.forecast}{" "}
        {forecast.isFetching && <Loader size="xs" role="status" aria-label={t.tune.forecast.updating} />}
      </Title>
      {forecast.isError && <TuneError error={forecast.error} />}
      {counted && (
        <>
          <dl className={styles.figures}>
            <div>
              <dt>{texts.parameters}</dt>
              <dd>{toCountText(counted.parameters)}</dd>
            </div>
            <div>
              <dt>{texts.memory}</dt>
              <dd>{format.bytes(counted.memory.total)}</dd>
            </div>
            <div>
              <dt>{texts.tokens}</dt>
              <dd>{format.integer(counted.tokensPerStep)}</dd>
              <dd>{texts.clip(format.integer(counted.tokensPerClip))}</dd>
            </div>
            <div>
              <dt>{texts.work}</dt>
              <dd>{texts.gflop((counted.flopsPerStep / 1e9).toFixed(1))}</dd>
            </div>
          </dl>
          <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {counted.data}
          </Text>
        </>
      )}
      {!counted && !forecast.isError && <Text c="dimmed">{texts.waiting}</Text>}
    </section>
  );
}
