import { Button, Container, Text } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { type ServedModel, useServedModels } from "../../api/openai.ts";
import { useTrace } from "../../api/traces.ts";
import { QuestionForm } from "../../ask/question-form.tsx";
import { EmptyState } from "../../components/empty-state.tsx";
import { PlusIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useTexts } from "../../i18n/i18n.tsx";
import styles from "./chat.module.css";
import { ChatHeader } from "./chat-header.tsx";
import { ColumnView } from "./column-view.tsx";
import { CopyAs } from "./copy-as.tsx";
import { type Replay, toReplay } from "./replay.ts";
import { type ChatSettings, parseFunctions, parseSchema, usualSettings } from "./request.ts";
import { SettingsPanel } from "./settings-panel.tsx";
import { chatTexts } from "./texts.ts";
import { type ColumnTurn, mostColumns, useColumns } from "./use-columns.ts";

const route = getRouteApi("/chat");
const settingsKey = "loam-chat-settings";

/** Conversations with up to four models, side by side. */
export function ModelChatPage() {
  const texts = useTexts(chatTexts);
  const models = useServedModels();
  const chatting = models.data?.filter(({ abilities }) => abilities.includes("chat"));
  return (
    <Container size={1680} py="xl">
      <ChatHeader />
      {models.status === "pending" && <ListSkeleton rows={3} />}
      {models.status === "error" && <InlineError error={models.error} onRetry={models.refetch} />}
      {chatting &&
        (chatting.length === 0 ? (
          <EmptyState title={texts.noModelTitle} body={texts.noModelBody}>
            <Button variant="default" mt="sm" renderRoot={(props) => <Link to="/settings" {...props} />}>
              {texts.toSettings}
            </Button>
          </EmptyState>
        ) : (
          <Start models={chatting} />
        ))}
    </Container>
  );
}

/** Waits for the trace that a link names, then opens the columns with what is in it. */
function Start({ models }: { models: readonly ServedModel[] }) {
  const { trace, span } = route.useSearch();
  return trace && span ? <FromTrace models={models} trace={trace} span={span} /> : <Columns models={models} />;
}

function FromTrace({
  models,
  trace: id,
  span: spanId,
}: {
  models: readonly ServedModel[];
  trace: string;
  span: string;
}) {
  const texts = useTexts(chatTexts);
  const trace = useTrace(id);
  if (trace.status === "pending") return <ListSkeleton rows={3} />;
  if (trace.status === "error") return <InlineError error={trace.error} onRetry={trace.refetch} />;
  const span = trace.data.tree.find((one) => one.id === spanId);
  const replay = span && toReplay(span);
  if (!replay) return <Text c="dimmed">{texts.replayMissing}</Text>;
  return (
    <>
      <Text c="dimmed" mb="sm">
        {texts.replayed}
      </Text>
      <Columns models={models} replay={replay} />
    </>
  );
}

function Columns({ models, replay }: { models: readonly ServedModel[]; replay?: Replay }) {
  const texts = useTexts(chatTexts);
  const search = route.useSearch();
  const [settings, setSettings] = useState<ChatSettings>(() => ({ ...readSettings(), ...replay?.settings }));
  const [draft, setDraft] = useState("");
  const known = (id: string | undefined) => (models.some((model) => model.id === id) ? id! : models[0]!.id);
  const turns: ColumnTurn[] = replay ? [{ messages: replay.messages, answer: replay.answer }] : [];
  const chat = useColumns(
    (replay ? [replay.model] : (search.models?.split(",") ?? [undefined])).map((id) => ({ model: known(id), turns })),
  );
  const isSound =
    parseSchema(settings.schema).problem === undefined && parseFunctions(settings.functions).problem === undefined;
  function change(next: Partial<ChatSettings>) {
    const changed = { ...settings, ...next };
    setSettings(changed);
    localStorage.setItem(settingsKey, JSON.stringify(changed));
  }
  const hasTurns = chat.columns.some((column) => column.turns.length > 0);
  return (
    <div className={styles.layout}>
      <SettingsPanel settings={settings} onChange={change} />
      <div className={styles.main}>
        <div className={styles.columns} style={{ "--columns": chat.columns.length } as React.CSSProperties}>
          {chat.columns.map((column) => (
            <ColumnView
              key={column.id}
              column={column}
              models={models}
              canRemove={chat.columns.length > 1}
              onModel={(model) => chat.setModel(column.id, model)}
              onRemove={() => chat.remove(column.id)}
              onEdit={(turn, text) => {
                chat.cutAt(turn);
                setDraft(text);
              }}
              onAgain={(turn) => chat.again(turn, settings)}
              onOutputs={(outputs) => chat.answerCalls(column, outputs, settings)}
            />
          ))}
        </div>
        <div className={styles.bar}>
          {chat.columns.length < mostColumns && (
            <Button
              size="compact-sm"
              variant="subtle"
              color="gray"
              leftSection={<PlusIcon />}
              onClick={() =>
                chat.add(models.find(({ id }) => !chat.columns.some(({ model }) => model === id))?.id ?? models[0]!.id)
              }
            >
              {texts.addColumn}
            </Button>
          )}
          {hasTurns && (
            <>
              <Button
                size="compact-sm"
                variant="subtle"
                color="gray"
                onClick={() => chat.cutAt(0)}
                disabled={chat.isBusy}
              >
                {texts.clear}
              </Button>
              <CopyAs column={chat.columns[0]!} settings={settings} />
            </>
          )}
        </div>
        <div className={styles.form}>
          <QuestionForm
            key={draft}
            initial={draft}
            placeholder={texts.placeholder}
            busy={chat.isBusy || !isSound}
            canStop={chat.isBusy}
            onAsk={(content) => {
              setDraft("");
              chat.ask(content, settings);
            }}
            onStop={chat.stop}
          />
        </div>
      </div>
    </div>
  );
}

/** As they were left. */
function readSettings(): ChatSettings {
  try {
    return { ...usualSettings, ...JSON.parse(localStorage.getItem(settingsKey) ?? "{}") };
  } catch {
    return usualSettings;
  }
}
