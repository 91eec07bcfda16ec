import {
  ActionIcon,
  Button,
  Chip,
  Container,
  CopyButton,
  Group,
  SegmentedControl,
  Select,
  Text,
  Textarea,
  Tooltip,
} from "@mantine/core";
import { useDebouncedCallback, useDebouncedValue } from "@mantine/hooks";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { type PairRequest, usePairScores } from "../../api/evaluations.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { CloseIcon, CopyIcon, PlusIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import { AlignmentPanel } from "./alignment-panel.tsx";
import styles from "./evaluations.module.css";
import { type PlaygroundSearch, readPlaygroundSearch, type TokenizerChoice } from "./evaluations-search.ts";
import { type ExampleName, examples } from "./examples.ts";
import { MeasureTabs } from "./measure-tabs.tsx";
import { ScoreTable } from "./score-table.tsx";

const route = getRouteApi("/evaluations/playground");
const referenceKeys = ["r", "r2", "r3", "r4"] as const;
/** Longer texts stay on the page and out of the link. */
const shareableChars = 6000;
const modelMetrics = ["bertscore", "embeddingCosine"];

export function PlaygroundPage() {
  const { t } = useI18n();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [candidate, setCandidate] = useState(search.c ?? "");
  const [references, setReferences] = useState(() => referencesOf(search));
  const change = (next: PlaygroundSearch | Record<string, string | undefined>) =>
    navigate({ search: (old) => readPlaygroundSearch({ ...old, ...next }), replace: true, resetScroll: false });
  const shareable = candidate.length + references.join("").length <= shareableChars;
  const remember = useDebouncedCallback((c: string, all: readonly string[]) => {
    if (c.length + all.join("").length <= shareableChars)
      void change({ c, ...Object.fromEntries(referenceKeys.map((key, i) => [key, all[i] ?? ""])) });
  }, 400);
  // A link that is opened, or the way back, brings its texts.
  const linked = JSON.stringify([search.c ?? "", referencesOf(search)]);
  useEffect(() => {
    const [c, all] = JSON.parse(linked) as [string, string[]];
    if (c === "" && all.join("") === "") return;
    setCandidate(c);
    setReferences((old) => (old.filter(Boolean).join("\u0000") === all.join("\u0000") ? old : all));
  }, [linked]);
  const write = (c: string, all: string[]) => {
    setCandidate(c);
    setReferences(all);
    remember(c, all);
  };
  const fill = (name: ExampleName) => {
    setCandidate(examples[name].c);
    setReferences([examples[name].r]);
    void navigate({ search: { ...examples[name] }, replace: true, resetScroll: false });
  };
  return (
    <Container size="xl" py="xl">
      <PageHeader title={t.measure.playground.title} intro={t.measure.playground.intro}>
        <ShareButton isShareable={shareable} />
      </PageHeader>
      <MeasureTabs />
      <Group gap="xs" mb="md">
        <Text size="sm" c="dimmed">
          {t.measure.playground.examples}
        </Text>
        {(Object.keys(examples) as ExampleName[]).map((name) => (
          <Button key={name} size="compact-sm" variant="default" radius="xl" onClick={() => fill(name)}>
            {t.measure.playground.example[name]}
          </Button>
        ))}
      </Group>
      <div className={styles.pair}>
        <Textarea
          label={t.measure.playground.candidate}
          description={t.measure.playground.candidateHelp}
          value={candidate}
          onChange={(event) => write(event.currentTarget.value, references)}
          autosize
          minRows={4}
          maxRows={12}
        />
        <References references={references} onChange={(all) => write(candidate, all)} />
      </div>
      <Settings search={search} onChange={change} />
      <Results candidate={candidate} references={references} search={search} onChange={change} />
    </Container>
  );
}

function referencesOf(search: PlaygroundSearch): string[] {
  const all = referenceKeys.flatMap((key) => search[key] ?? []);
  return all.length > 0 ? all : [""];
}

function ShareButton({ isShareable }: { isShareable: boolean }) {
  const { t } = useI18n();
  const href = route.useSearch({ structuralSharing: false }) && window.location.href;
  return (
    <CopyButton value={href}>
      {({ copied, copy }) => (
        <Tooltip label={t.measure.playground.tooLongToShare} disabled={isShareable}>
          <Button variant="default" leftSection={<CopyIcon />} onClick={copy} data-disabled={!isShareable || undefined}>
            {copied ? t.common.copied : t.measure.playground.share}
          </Button>
        </Tooltip>
      )}
    </CopyButton>
  );
}

function References({ references, onChange }: { references: string[]; onChange(references: string[]): void }) {
  const { t } = useI18n();
  const words = t.measure.playground;
  return (
    <div style={{ display: "grid", gap: 10 }}>
      {references.map((reference, i) => (
        <Textarea
          // biome-ignore lint/suspicious/noArrayIndexKey: references are known by their number alone
          key={i}
          label={words.reference(i + 1, references.length)}
          description={i === 0 && words.referenceHelp}
          value={reference}
          onChange={(event) => onChange(references.with(i, event.currentTarget.value))}
          autosize
          minRows={i === 0 ? 4 : 2}
          maxRows={12}
          rightSection={
            references.length > 1 && (
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={words.removeReference(i + 1)}
                onClick={() => onChange(references.toSpliced(i, 1))}
              >
                <CloseIcon />
              </ActionIcon>
            )
          }
        />
      ))}
      {references.length < referenceKeys.length && (
        <Group>
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<PlusIcon />}
            onClick={() => onChange([...references, ""])}
          >
            {words.addReference}
          </Button>
        </Group>
      )}
    </div>
  );
}

interface SettingsProps {
  search: PlaygroundSearch;
  onChange(next: PlaygroundSearch | Record<string, string | undefined>): void;
}

function Settings({ search, onChange }: SettingsProps) {
  const { t } = useI18n();
  const words = t.measure.playground;
  return (
    <Group gap="lg" mt="md">
      <Group gap="xs">
        <Text size="sm" id="tokenizer-label">
          {words.tokenizer}
        </Text>
        <SegmentedControl
          size="xs"
          aria-labelledby="tokenizer-label"
          value={search.tokens ?? "auto"}
          onChange={(tokens) => onChange({ tokens: tokens as TokenizerChoice })}
          data={(["auto", "words", "characters", "rouge_score"] as const).map((value) => ({
            value,
            label: words.tokenizers[value],
          }))}
        />
      </Group>
      <Tooltip label={words.stemHelp} multiline w={280}>
        <div>
          <Chip
            size="xs"
            checked={search.stem === "yes"}
            onChange={(checked) => onChange({ stem: checked ? "yes" : undefined })}
          >
            {words.stem}
          </Chip>
        </div>
      </Tooltip>
    </Group>
  );
}

function Results({
  candidate,
  references,
  search,
  onChange,
}: SettingsProps & { candidate: string; references: string[] }) {
  const { t } = useI18n();
  const words = t.measure.playground;
  const metric = search.metric ?? "rougeL";
  const given = references.filter((reference) => reference.trim() !== "");
  const tokenizer = search.tokens ?? "auto";
  const stem = search.stem === "yes";
  // As text, so that only what changes counts as a change.
  const request = JSON.stringify({ candidate, references: given, tokenizer, stem } satisfies PairRequest);
  const enabled = candidate.trim() !== "" && given.length > 0;
  const [soonText] = useDebouncedValue(request, 120);
  const [laterText] = useDebouncedValue(request, 600);
  const soon = JSON.parse(soonText) as PairRequest;
  const later = JSON.parse(laterText) as PairRequest;
  const ready = (one: PairRequest) => enabled && one.candidate.trim() !== "" && one.references.length > 0;
  const texts = usePairScores(soon, { enabled: ready(soon) });
  const models = usePairScores({ ...later, metrics: modelMetrics }, { enabled: ready(later) });
  if (!enabled) return <EmptyState title={words.empty} />;
  if (texts.status === "error") return <InlineError error={texts.error} onRetry={texts.refetch} />;
  const facts = texts.data?.facts;
  const against = Math.min(Number(search.against ?? "1"), soon.references.length) - 1;
  const reference = soon.references[Math.max(0, against)];
  return (
    <div className={styles.bench}>
      <section className={`surface ${styles.panel}`} aria-label={words.scores}>
        <ScoreTable
          scores={[...(texts.data?.scores ?? []), ...(models.data?.scores ?? [])]}
          facts={facts}
          chosen={metric}
          onChoose={(next) => onChange({ metric: next, order: undefined })}
        />
        {facts && (
          <Text size="xs" c="dimmed" mt="sm">
            {words.facts(facts.tokenizer)}
            {facts.detected && ` (${words.detected})`}
            {given.length > 1 && (
              <>
                <br />
                {words.closest}
              </>
            )}
          </Text>
        )}
        {models.data?.scores.some(({ signature }) => signature.includes("use-lite")) &&
          isOtherScript([candidate, ...given].join(" ")) && (
            <Text size="xs" c="clay" mt="xs">
              {words.englishOnly}
            </Text>
          )}
        {models.status === "error" && <InlineError error={models.error} onRetry={models.refetch} />}
      </section>
      <section className={`surface ${styles.panel} ${styles.sticky}`} aria-label={words.matches}>
        {soon.references.length > 1 && (
          <Select
            size="xs"
            mb="sm"
            w={220}
            label={words.alignedWith}
            allowDeselect={false}
            value={String(against + 1)}
            onChange={(value) => onChange({ against: value ?? undefined })}
            data={soon.references.map((_, i) => ({
              value: String(i + 1),
              label: words.reference(i + 1, soon.references.length),
            }))}
          />
        )}
        {reference !== undefined && soon.candidate.trim() !== "" && (
          <AlignmentPanel
            request={{
              metric,
              candidate: soon.candidate,
              reference,
              tokenizer: soon.tokenizer,
              stem: soon.stem,
              ...(search.order && { order: Number(search.order) }),
            }}
            referenceLabel={words.reference(against + 1, soon.references.length)}
            onOrder={(order) => onChange({ order: String(order) })}
          />
        )}
      </section>
    </div>
  );
}

/** Whether most letters are none of the Latin script. */
function isOtherScript(text: string): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  return (text.match(/\p{Script=Latin}/gu)?.length ?? 0) < letters / 2;
}
