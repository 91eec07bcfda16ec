import { Anchor, Badge, Button, Container, Group, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useObjects } from "../../api/openai.ts";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import styles from "./functions.module.css";
import { FunctionsHeader } from "./functions-header.tsx";
import {
  type Batch,
  type Checkpoint,
  type Eval,
  type EvalRun,
  isOnItsWay,
  type Job,
  type JobEvent,
} from "./objects.ts";
import { functionTexts } from "./texts.ts";
import { useAct } from "./use-act.ts";

/** What programs have set going: batches, evals, fine-tuning. */
export function JobsPage() {
  const { jobs: texts } = useTexts(functionTexts);
  return (
    <Container size="lg" py="xl">
      <FunctionsHeader />
      <Stack gap={36}>
        <Section<Job> title={texts.tuning} path="/fine_tuning/jobs" isMoving={isOnItsWay}>
          {(job) => <JobCard job={job} />}
        </Section>
        <Section<Batch> title={texts.batches} path="/batches" isMoving={isOnItsWay}>
          {(batch) => <BatchCard batch={batch} />}
        </Section>
        <Section<Eval> title={texts.evals} path="/evals">
          {(one) => <EvalCard evaluation={one} />}
        </Section>
      </Stack>
    </Container>
  );
}

function Section<Item extends { id: string }>({
  title,
  path,
  isMoving,
  children,
}: {
  title: string;
  path: string;
  isMoving?: (item: Item) => boolean;
  children: (item: Item) => ReactNode;
}) {
  const { jobs: texts } = useTexts(functionTexts);
  const objects = useObjects<Item>(path, { isMoving });
  return (
    <section>
      <Title order={2} size="h3" mb="sm">
        {title}
      </Title>
      {objects.status === "pending" && <ListSkeleton rows={2} height={56} />}
      {objects.status === "error" && <InlineError error={objects.error} onRetry={objects.refetch} />}
      {objects.data?.length === 0 && <Text c="dimmed">{texts.none}</Text>}
      <ul className={styles.list} aria-label={title}>
        {objects.data?.map((item) => (
          <li key={item.id} className={styles.card}>
            {children(item)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Head({ id, status, children }: { id: string; status?: string; children: ReactNode }) {
  return (
    <Group gap="xs">
      <Text fw={600} ff="monospace" size="sm">
        {id}
      </Text>
      {status && (
        <Badge
          variant="light"
          tt="none"
          color={status === "failed" ? "clay" : isOnItsWay({ status }) ? "water" : "moss"}
        >
          {status.replaceAll("_", " ")}
        </Badge>
      )}
      <Text size="sm" c="dimmed">
        {children}
      </Text>
    </Group>
  );
}

function Act({ id, verb, path }: { id: string; verb: "cancel" | "pause" | "resume"; path: string }) {
  const { jobs: texts } = useTexts(functionTexts);
  const act = useAct();
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={act.isPending}
      aria-label={texts.act(texts[verb], id)}
      onClick={() => act.mutate({ method: "POST", path: `${path}/${verb}` })}
    >
      {texts[verb]}
    </Button>
  );
}

function JobCard({ job }: { job: Job }) {
  const { format } = useI18n();
  const { jobs: texts } = useTexts(functionTexts);
  const [isOpen, setIsOpen] = useState(false);
  const path = `/fine_tuning/jobs/${job.id}`;
  const events = useObjects<JobEvent>(`${path}/events`, { enabled: isOpen, isMoving: () => isOnItsWay(job) });
  const checkpoints = useObjects<Checkpoint>(`${path}/checkpoints`, { enabled: isOpen });
  return (
    <Stack gap={6}>
      <Head id={job.id} status={job.status}>
        {[job.model, format.ago(new Date(job.created_at * 1000).toISOString())].join(" · ")}
      </Head>
      {job.error?.message && <Text size="sm">{job.error.message}</Text>}
      <Group gap="xs">
        {isOnItsWay(job) && <Act id={job.id} verb="pause" path={path} />}
        {job.status === "paused" && <Act id={job.id} verb="resume" path={path} />}
        {(isOnItsWay(job) || job.status === "paused") && <Act id={job.id} verb="cancel" path={path} />}
        {job.fine_tuned_model && (
          <Button
            size="compact-xs"
            variant="light"
            renderRoot={(props) => <Link to="/chat" search={{ models: job.fine_tuned_model! }} {...props} />}
          >
            {texts.chat}
          </Button>
        )}
      </Group>
      <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary className={styles.summary}>{texts.events}</summary>
        <ul className={styles.tree}>
          {events.data?.map((event) => (
            <li key={event.id}>
              <Text size="sm">{event.message}</Text>
            </li>
          ))}
        </ul>
        {checkpoints.data && checkpoints.data.length > 0 && (
          <>
            <Text size="sm" fw={600}>
              {texts.checkpoints}
            </Text>
            <ul className={styles.tree}>
              {checkpoints.data.map((checkpoint) => (
                <li key={checkpoint.id}>
                  <Text size="sm">
                    {texts.step(checkpoint.step_number)} · {checkpoint.fine_tuned_model_checkpoint} ·{" "}
                    {Object.entries(checkpoint.metrics)
                      .filter(([, value]) => typeof value === "number")
                      .map(([name, value]) => `${name} ${Number(value!.toPrecision(4))}`)
                      .join(", ")}
                  </Text>
                </li>
              ))}
            </ul>
          </>
        )}
      </details>
    </Stack>
  );
}

function BatchCard({ batch }: { batch: Batch }) {
  const { format } = useI18n();
  const { jobs: texts } = useTexts(functionTexts);
  const { total, completed, failed } = batch.request_counts;
  return (
    <Stack gap={6}>
      <Head id={batch.id} status={batch.status}>
        {[
          batch.endpoint,
          texts.counts(format.integer(completed), format.integer(total)),
          failed > 0 && texts.failed(failed),
          format.ago(new Date(batch.created_at * 1000).toISOString()),
        ]
          .filter(Boolean)
          .join(" · ")}
      </Head>
      <Group gap="xs">
        {isOnItsWay(batch) && <Act id={batch.id} verb="cancel" path={`/batches/${batch.id}`} />}
        {batch.output_file_id && (
          <Anchor size="sm" href={`/v1/files/${batch.output_file_id}/content`} download={`${batch.id}.jsonl`}>
            {texts.output}
          </Anchor>
        )}
        {batch.error_file_id && (
          <Anchor size="sm" href={`/v1/files/${batch.error_file_id}/content`} download={`${batch.id}-errors.jsonl`}>
            {texts.errors}
          </Anchor>
        )}
      </Group>
    </Stack>
  );
}

function EvalCard({ evaluation }: { evaluation: Eval }) {
  const { format } = useI18n();
  const { jobs: texts } = useTexts(functionTexts);
  const runs = useObjects<EvalRun>(`/evals/${evaluation.id}/runs`, { isMoving: isOnItsWay });
  return (
    <Stack gap={6}>
      <Head id={evaluation.name || evaluation.id}>
        {[
          texts.criteria(evaluation.testing_criteria.length),
          format.ago(new Date(evaluation.created_at * 1000).toISOString()),
        ].join(" · ")}
      </Head>
      <ul className={styles.tree} aria-label={texts.runs}>
        {runs.data?.map((run) => (
          <li key={run.id}>
            <Head id={run.name || run.id} status={run.status}>
              {[
                run.model,
                texts.passed(format.integer(run.result_counts.passed), format.integer(run.result_counts.total)),
              ]
                .filter(Boolean)
                .join(" · ")}
            </Head>
          </li>
        ))}
      </ul>
    </Stack>
  );
}
