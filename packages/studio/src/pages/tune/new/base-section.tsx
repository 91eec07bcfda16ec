import type { BaseJson } from "@loam/server";
import { Alert, Button, Code, Group, Loader, Select, Stack, Text, TextInput } from "@mantine/core";
import { useEffect } from "react";
import { isOpen, useBases, useRuns, useSmallBase } from "../../../api/tune.ts";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useI18n } from "../../../i18n/i18n.tsx";
import styles from "../tune.module.css";
import { TuneError } from "../tune-error.tsx";

/** Chooses the model that learns; where there is none, says how to get one. */
export function BaseSection({
  value,
  onChange,
}: {
  value: string;
  onChange: (base: Pick<BaseJson, "id" | "hasChatTemplate">) => void;
}) {
  const { t, format } = useI18n();
  const bases = useBases();
  // One model is no choice.
  const only = bases.data?.length === 1 ? bases.data[0] : undefined;
  useEffect(() => {
    if (only && value === "") onChange(only);
  }, [only, value, onChange]);
  if (bases.status === "pending") return <ListSkeleton rows={1} height={60} />;
  if (bases.status === "error") return <InlineError error={bases.error} onRetry={bases.refetch} />;
  if (bases.data.length === 0) return <NoBase />;
  const isListed = bases.data.some(({ id }) => id === value);
  return (
    <Stack gap="sm">
      <Select
        label={t.tune.form.baseLabel}
        placeholder={t.tune.form.basePlaceholder}
        data={bases.data.map(({ id }) => id)}
        value={isListed ? value : null}
        searchable
        allowDeselect={false}
        onChange={(id) => {
          const base = bases.data.find((candidate) => candidate.id === id);
          if (base) onChange(base);
        }}
        renderOption={({ option }) => {
          const base = bases.data.find(({ id }) => id === option.value)!;
          const facts = [
            base.layers && t.tune.form.layers(base.layers),
            format.bytes(base.sizeBytes),
            base.hasChatTemplate && t.tune.form.chatModel,
          ];
          return (
            <div>
              <Text size="sm">{base.id}</Text>
              <Text size="xs" c="dimmed">
                {facts.filter(Boolean).join(" · ")}
              </Text>
            </div>
          );
        }}
      />
      <TextInput
        label={t.tune.form.baseOther}
        description={t.tune.form.baseOtherHelp}
        placeholder="Qwen/Qwen2.5-0.5B-Instruct"
        value={isListed ? "" : value}
        onChange={(event) =>
          onChange({
            id: event.currentTarget.value.trim(),
            hasChatTemplate: /instruct|chat/i.test(event.currentTarget.value),
          })
        }
        spellCheck={false}
      />
    </Stack>
  );
}

function NoBase() {
  const { t, format } = useI18n();
  const make = useSmallBase();
  const runs = useRuns();
  const bases = useBases();
  const making = runs.data?.find((run) => run.kind === "pretrain" && isOpen(run));
  const isMaking = making !== undefined;
  const { refetch } = bases;
  // When it has been made, the list has it.
  useEffect(() => {
    if (!isMaking) return;
    return () => void refetch();
  }, [isMaking, refetch]);
  return (
    <Alert color="water" variant="light" title={t.tune.form.noBaseTitle}>
      <Stack gap="sm">
        <Text size="sm">{t.tune.form.noBaseBody}</Text>
        <Code block className={styles.command}>
          {t.tune.form.noBaseCommand}
        </Code>
        {making ? (
          <Group gap="xs" role="status">
            <Loader size="xs" />
            <Text size="sm">{t.tune.form.making(format.duration(making.progress?.etaMs ?? 120_000))}</Text>
          </Group>
        ) : (
          <Group>
            <Button variant="light" color="water" loading={make.isPending} onClick={() => make.mutate(undefined)}>
              {t.tune.form.makeSmall}
            </Button>
          </Group>
        )}
        {make.isError && <TuneError error={make.error} />}
      </Stack>
    </Alert>
  );
}
