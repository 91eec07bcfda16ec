import { Badge, Button, Container, Group, JsonInput, Modal, Stack, Text, TextInput } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useCreateSweep, useSweeps } from "../../../api/experiments.ts";
import { EmptyState } from "../../../components/empty-state.tsx";
import { PlusIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import styles from "../experiments.module.css";
import { ExperimentsHeader } from "../experiments-header.tsx";
import { experimentTexts } from "../texts.ts";

export const sweepColors = { running: "water", paused: "gray", finished: "moss", stopped: "gray" } as const;

/** Searches over parameters. */
export function SweepsPage() {
  const { format } = useI18n();
  const { sweeps: texts } = useTexts(experimentTexts);
  const sweeps = useSweeps();
  const [isNew, setIsNew] = useState(false);
  return (
    <Container size="lg" py="xl">
      <ExperimentsHeader>
        <Button leftSection={<PlusIcon />} onClick={() => setIsNew(true)}>
          {texts.new}
        </Button>
      </ExperimentsHeader>
      {isNew && <NewSweep onClose={() => setIsNew(false)} />}
      {sweeps.status === "pending" && <ListSkeleton rows={3} height={64} />}
      {sweeps.status === "error" && <InlineError error={sweeps.error} onRetry={sweeps.refetch} />}
      {sweeps.data?.length === 0 && <EmptyState title={texts.emptyTitle} body={texts.emptyBody} />}
      {sweeps.data && sweeps.data.length > 0 && (
        <ul className={styles.list} aria-label={texts.list}>
          {sweeps.data.map((sweep) => (
            <li key={sweep.id} className={styles.item}>
              <Link to="/experiments/sweeps/$id" params={{ id: sweep.id }} className={styles.link}>
                {sweep.name ?? sweep.id}
              </Link>
              <Badge variant="light" tt="none" color={sweepColors[sweep.state]}>
                {texts.states[sweep.state]}
              </Badge>
              <Text size="sm" c="dimmed">
                {[sweep.project, String(sweep.config.method ?? ""), format.ago(sweep.createdAt)]
                  .filter(Boolean)
                  .join(" · ")}
              </Text>
            </li>
          ))}
        </ul>
      )}
    </Container>
  );
}

const example = JSON.stringify(
  {
    method: "bayes",
    metric: { name: "loss", goal: "minimize" },
    parameters: {
      lr: { distribution: "log_uniform_values", min: 0.00001, max: 0.1 },
      layers: { min: 1, max: 12 },
      optimizer: { values: ["sgd", "adam", "adamw"] },
    },
    run_cap: 50,
  },
  null,
  2,
);

function NewSweep({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const { sweeps: texts } = useTexts(experimentTexts);
  const navigate = useNavigate();
  const create = useCreateSweep();
  const [project, setProject] = useState("sweeps");
  const [text, setText] = useState(example);
  let config: Record<string, unknown> | undefined;
  try {
    config = JSON.parse(text);
  } catch {}
  return (
    <Modal opened onClose={onClose} title={texts.new} size="lg" closeButtonProps={{ "aria-label": t.common.close }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!config) return;
          create.mutate(
            { project: project.trim(), config },
            { onSuccess: ({ id }) => void navigate({ to: "/experiments/sweeps/$id", params: { id } }) },
          );
        }}
      >
        <Stack gap="sm">
          <TextInput
            label={texts.project}
            value={project}
            onChange={(event) => setProject(event.currentTarget.value)}
            required
          />
          <JsonInput
            label={texts.config}
            value={text}
            onChange={setText}
            error={config === undefined && texts.badJson}
            autosize
            minRows={12}
            className={styles.code}
          />
          {create.isError && <InlineError error={create.error} />}
          <Group justify="flex-end">
            <Button type="submit" loading={create.isPending} disabled={!config || project.trim() === ""}>
              {texts.create}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
