import { Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { openai, useObject, useObjects } from "../../api/openai.ts";
import { QuestionForm } from "../../ask/question-form.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import type { ToolCall } from "../chat/request.ts";
import styles from "./functions.module.css";
import { type Assistant, isRunOpen, type RunStep, type ThreadMessage, type ThreadRun, textOf } from "./objects.ts";
import { functionTexts } from "./texts.ts";
import { useAct } from "./use-act.ts";

const route = getRouteApi("/functions");

/** A thread with an assistant: messages, the run that is going on, its steps, and functions answered by hand. */
export function ThreadView({ assistant }: { assistant: Assistant }) {
  const { assistants: texts } = useTexts(functionTexts);
  const { thread } = route.useSearch();
  const navigate = route.useNavigate();
  const send = useAct();
  const runs = useObjects<ThreadRun>(`/threads/${thread}/runs`, { enabled: thread !== undefined, isMoving: isRunOpen });
  const last = runs.data?.[0];
  const isOpen = last !== undefined && isRunOpen(last);
  const messages = useObjects<ThreadMessage>(`/threads/${thread}/messages?order=asc`, {
    enabled: thread !== undefined,
    isMoving: () => isOpen,
  });
  const isBusy = send.isPending || isOpen || last?.status === "requires_action";
  async function ask(content: string) {
    const id = thread ?? (await openai<{ id: string }>("POST", "/threads", {})).id;
    if (id !== thread) await navigate({ search: { assistant: assistant.id, thread: id }, replace: true });
    const message = { role: "user", content };
    send.mutate({
      method: "POST",
      path: `/threads/${id}/runs`,
      body: { assistant_id: assistant.id, additional_messages: [message] },
    });
  }
  const name = assistant.name || texts.unnamed;
  return (
    <section className={styles.thread}>
      <Group justify="space-between">
        <Title order={2} size="h3">
          {name}
        </Title>
        {thread && (
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            onClick={() => navigate({ search: { assistant: assistant.id } })}
          >
            {texts.newThread}
          </Button>
        )}
      </Group>
      <div className={styles.messages} role="log" aria-label={texts.thread(name)}>
        {messages.data?.map((message) => (
          <div key={message.id} className={styles.message} data-role={message.role}>
            {textOf(message)}
          </div>
        ))}
      </div>
      {messages.isError && <InlineError error={messages.error} />}
      {send.isError && <InlineError error={send.error} />}
      {thread && last && <RunView key={last.id} thread={thread} run={last} />}
      <div className={styles.form}>
        <QuestionForm placeholder={texts.placeholder} busy={isBusy} canStop={false} onAsk={ask} onStop={() => {}} />
      </div>
    </section>
  );
}

function RunView({ thread, run }: { thread: string; run: ThreadRun }) {
  const { run: texts } = useTexts(functionTexts);
  const act = useAct();
  const path = `/threads/${thread}/runs/${run.id}`;
  const fresh = useObject<ThreadRun>(path, { isMoving: isRunOpen });
  const now = fresh.data ?? run;
  const calls = now.status === "requires_action" ? now.required_action?.submit_tool_outputs.tool_calls : undefined;
  return (
    <div className={styles.run}>
      <Group justify="space-between">
        <Text size="sm" fw={600} role="status">
          {texts.title(texts.status[now.status])}
        </Text>
        {(isRunOpen(now) || now.status === "requires_action") && (
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => act.mutate({ method: "POST", path: `${path}/cancel` })}
          >
            {texts.cancel}
          </Button>
        )}
      </Group>
      {now.last_error && <Text size="sm">{now.last_error.message}</Text>}
      {calls && (
        <Calls
          calls={calls}
          isPending={act.isPending}
          onSubmit={(outputs) =>
            act.mutate({ method: "POST", path: `${path}/submit_tool_outputs`, body: { tool_outputs: outputs } })
          }
        />
      )}
      {act.isError && <InlineError error={act.error} />}
      <Steps path={path} isOpen={isRunOpen(now)} />
    </div>
  );
}

function Calls({
  calls,
  isPending,
  onSubmit,
}: {
  calls: readonly ToolCall[];
  isPending: boolean;
  onSubmit: (outputs: { tool_call_id: string; output: string }[]) => void;
}) {
  const { run: texts } = useTexts(functionTexts);
  const [outputs, setOutputs] = useState<Record<string, string>>({});
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(calls.map(({ id }) => ({ tool_call_id: id, output: outputs[id] ?? "" })));
      }}
    >
      <Stack gap="xs">
        <Text size="sm">{texts.asks}</Text>
        {calls.map(({ id, function: { name, arguments: given } }) => (
          <div key={id}>
            <code className={styles.code}>
              {name}({given})
            </code>
            <TextInput
              size="xs"
              label={texts.output(name)}
              value={outputs[id] ?? ""}
              onChange={(event) => {
                const { value } = event.currentTarget;
                setOutputs((known) => ({ ...known, [id]: value }));
              }}
            />
          </div>
        ))}
        <Group>
          <Button type="submit" size="xs" loading={isPending}>
            {texts.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** What a run did, as a tree: its steps, and the calls in them. */
function Steps({ path, isOpen }: { path: string; isOpen: boolean }) {
  const { format } = useI18n();
  const { run: texts } = useTexts(functionTexts);
  const steps = useObjects<RunStep>(`${path}/steps?order=asc`, { isMoving: () => isOpen });
  if (!steps.data || steps.data.length === 0) return null;
  return (
    <details open>
      <summary className={styles.summary}>{texts.steps}</summary>
      <ul className={styles.tree}>
        {steps.data.map((step) => (
          <li key={step.id}>
            <Text size="sm">
              {texts.stepTypes[step.type]}{" "}
              <Text span size="xs" c="dimmed">
                {[
                  texts.status[step.status as keyof typeof texts.status] ?? step.status,
                  step.usage &&
                    texts.usage(format.integer(step.usage.prompt_tokens), format.integer(step.usage.completion_tokens)),
                ]
                  .filter(Boolean)
                  .join(" · ")}
              </Text>
            </Text>
            {step.step_details.tool_calls && (
              <ul className={styles.tree}>
                {step.step_details.tool_calls.map(({ id, function: called }) => (
                  <li key={id}>
                    {called ? (
                      <code className={styles.code}>
                        {called.name}({called.arguments}){called.output === null ? "" : ` → ${called.output}`}
                      </code>
                    ) : (
                      <Text size="sm">{texts.fileSearch}</Text>
                    )}
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
