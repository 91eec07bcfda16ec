import type { AdapterJson, BaseJson } from "@loam/server";
import { ActionIcon, Button, Container, Group, MultiSelect, NumberInput, Select, Text, Textarea } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type CSSProperties, useEffect, useRef, useState } from "react";
import { useAdapters, useBases, useRecipeSchema } from "../../../api/tune.ts";
import { EmptyState } from "../../../components/empty-state.tsx";
import { PlusIcon, SendIcon, StopIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useI18n } from "../../../i18n/i18n.tsx";
import { methodName } from "../method-names.ts";
import styles from "../tune.module.css";
import { TuneHeader } from "../tune-header.tsx";
import { type ColumnAnswer, type SideBySideTurn, useSideBySide } from "./use-side-by-side.ts";

const route = getRouteApi("/tune/chat");
const mostAdapters = 3;

export function ChatPage() {
  const { t } = useI18n();
  return (
    <Container size="lg" py="xl">
      <TuneHeader title={t.tune.chat.title} intro={t.tune.chat.intro} />
      <Chat />
    </Container>
  );
}

function Chat() {
  const { t } = useI18n();
  const bases = useBases();
  const adapters = useAdapters();
  if (bases.status === "pending" || adapters.status === "pending") return <ListSkeleton rows={2} height={120} />;
  if (bases.status === "error") return <InlineError error={bases.error} onRetry={bases.refetch} />;
  if (adapters.status === "error") return <InlineError error={adapters.error} onRetry={adapters.refetch} />;
  if (bases.data.length === 0 || adapters.data.length === 0)
    return (
      <EmptyState title={t.tune.chat.needTitle} body={t.tune.chat.needBody}>
        <Button mt="sm" leftSection={<PlusIcon />} renderRoot={(props) => <Link to="/tune/new" {...props} />}>
          {t.tune.newRun}
        </Button>
      </EmptyState>
    );
  return <Conversation bases={bases.data} adapters={adapters.data} />;
}

function Conversation({ bases, adapters }: { bases: readonly BaseJson[]; adapters: readonly AdapterJson[] }) {
  const { t } = useI18n();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const schema = useRecipeSchema();
  const { turns, isBusy, ask, stop, clear } = useSideBySide();
  // The newest adapter's model, unless the link names one.
  const base =
    search.base ?? adapters.find((adapter) => bases.some(({ id }) => id === adapter.base))?.base ?? bases[0]!.id;
  const fitting = adapters.filter((adapter) => adapter.base === base);
  const named = search.adapters?.split(",").filter((id) => fitting.some((adapter) => adapter.id === id));
  const chosen = named ?? (search.base === undefined ? fitting.slice(0, 1).map(({ id }) => id) : []);
  const [options, setOptions] = useState<{ template?: string; maxNewTokens: number; temperature: number }>({
    maxNewTokens: 128,
    temperature: 0,
  });
  const taught = fitting.find(({ id }) => id === chosen[0])?.template;
  const hasChat = bases.find(({ id }) => id === base)?.hasChatTemplate ?? false;
  const template = options.template ?? taught ?? (hasChat ? "chat" : "alpaca");
  const templates = (schema.data?.templates ?? [template]).filter((name) => name !== "chat" || hasChat);
  const change = (next: { base?: string; adapters?: string }) => navigate({ search: next, replace: true });
  return (
    <div className={styles.chat}>
      <div className={styles.chatSettings}>
        <Select
          label={t.tune.chat.base}
          data={bases.map(({ id }) => id)}
          value={base}
          allowDeselect={false}
          searchable
          onChange={(id) => id && change({ base: id })}
        />
        <MultiSelect
          label={t.tune.chat.adapters}
          placeholder={chosen.length === 0 ? t.tune.chat.adaptersPlaceholder : undefined}
          data={fitting.map(({ id }) => id)}
          value={[...chosen]}
          maxValues={mostAdapters}
          searchable
          nothingFoundMessage={t.tune.chat.noAdapters}
          onChange={(ids) => change({ base, adapters: ids.join(",") || undefined })}
        />
        <Select
          label={t.tune.chat.template}
          data={templates}
          value={template}
          allowDeselect={false}
          onChange={(next) => setOptions({ ...options, template: next ?? undefined })}
        />
        <NumberInput
          label={t.tune.chat.temperature}
          value={options.temperature}
          min={0}
          max={2}
          step={0.1}
          onChange={(value) => setOptions({ ...options, temperature: Number(value) || 0 })}
        />
        <NumberInput
          label={t.tune.chat.length}
          value={options.maxNewTokens}
          min={1}
          max={2048}
          step={16}
          onChange={(value) => setOptions({ ...options, maxNewTokens: Number(value) || 128 })}
        />
      </div>
      {turns.length === 0 ? (
        <EmptyState title={t.tune.chat.emptyTitle} body={t.tune.chat.emptyBody} />
      ) : (
        <div className={styles.turns} role="log" aria-label={t.tune.chat.log}>
          {turns.map((turn) => (
            <Turn key={turn.id} turn={turn} adapters={adapters} />
          ))}
        </div>
      )}
      <AskForm
        isBusy={isBusy}
        canClear={turns.length > 0}
        onClear={clear}
        onStop={stop}
        onAsk={(question) => ask({ base, columns: [null, ...chosen], question, template, ...options })}
      />
    </div>
  );
}

function Turn({ turn, adapters }: { turn: SideBySideTurn; adapters: readonly AdapterJson[] }) {
  const { t } = useI18n();
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => end.current?.scrollIntoView({ block: "nearest" }), []);
  return (
    <article className={styles.turn}>
      <p className={styles.question}>{turn.question}</p>
      <div className={styles.columns} style={{ "--columns": turn.columns.length } as CSSProperties}>
        {turn.columns.map((id, i) => {
          const method = adapters.find((adapter) => adapter.id === id)?.method ?? null;
          return (
            <section key={id ?? ""} className={styles.column} data-base={id === null || undefined}>
              <header>
                <Text fw={600} style={{ overflowWrap: "anywhere" }}>
                  {id ?? t.tune.chat.original}
                </Text>
                {method && (
                  <Text size="xs" c="dimmed">
                    {methodName(method)}
                  </Text>
                )}
              </header>
              <Answer answer={turn.answers[i]!} />
            </section>
          );
        })}
      </div>
      <div ref={end} />
    </article>
  );
}

function Answer({ answer }: { answer: ColumnAnswer }) {
  const { t, format } = useI18n();
  const { text, state, tokens, tokensPerSecond, isCut, error } = answer;
  return (
    <>
      {state === "failed" ? (
        <Text size="sm" c="clay" role="alert" style={{ overflowWrap: "anywhere" }}>
          {error?.message}
        </Text>
      ) : (
        <p className={styles.answer} data-state={state}>
          {text.trim() ||
            (state === "loading" ? t.tune.chat.loading : state === "writing" ? "" : t.tune.run.emptyAnswer)}
        </p>
      )}
      <Text size="xs" c="dimmed" mt="auto">
        {state === "writing" && t.tune.chat.writing}
        {state === "stopped" && t.ask.stopped}
        {state === "done" &&
          [
            t.tune.chat.speed(format.integer(tokens ?? 0), format.integer(tokensPerSecond ?? 0)),
            isCut && t.tune.chat.cut,
          ]
            .filter(Boolean)
            .join(" · ")}
      </Text>
    </>
  );
}

function AskForm({
  isBusy,
  canClear,
  onAsk,
  onStop,
  onClear,
}: {
  isBusy: boolean;
  canClear: boolean;
  onAsk: (question: string) => void;
  onStop: () => void;
  onClear: () => void;
}) {
  const { t } = useI18n();
  const [question, setQuestion] = useState("");
  const send = () => {
    if (question.trim() === "") return;
    onAsk(question.trim());
    setQuestion("");
  };
  return (
    <form
      className={styles.askForm}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Textarea
        flex={1}
        autosize
        minRows={1}
        maxRows={6}
        aria-label={t.tune.chat.placeholder}
        placeholder={t.tune.chat.placeholder}
        value={question}
        onChange={(event) => setQuestion(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <Group gap={6} wrap="nowrap">
        {canClear && !isBusy && (
          <Button variant="subtle" color="gray" onClick={onClear}>
            {t.tune.chat.clear}
          </Button>
        )}
        {isBusy ? (
          <ActionIcon size={36} variant="default" onClick={onStop} aria-label={t.tune.chat.stop}>
            <StopIcon />
          </ActionIcon>
        ) : (
          <ActionIcon size={36} type="submit" aria-label={t.tune.chat.send} disabled={question.trim() === ""}>
            <SendIcon />
          </ActionIcon>
        )}
      </Group>
    </form>
  );
}
