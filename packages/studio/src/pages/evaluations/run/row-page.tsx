import type { EvaluationRowJson } from "@loam/server";
import { Alert, Anchor, Badge, Button, Container, Group, Select, Stack, Text, Title } from "@mantine/core";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useEvaluationRow, usePairAlignment, useRemakeOutput } from "../../../api/evaluations.ts";
import { BackIcon, RetryIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import { AlignedText } from "../aligned-text.tsx";
import styles from "../evaluations.module.css";
import { readRowSearch } from "../evaluations-search.ts";
import { hasAlignment, metricName } from "../formula.ts";
import { DiffView } from "../matrix/diff-view.tsx";
import { Note, Pin, Thumbs } from "../matrix/marks.tsx";
import { matrixTexts } from "../matrix/texts.ts";
import { showValue } from "../run-summary.ts";

const route = getRouteApi("/evaluations/$id/rows/$row");

export function RowPage() {
  const { t } = useI18n();
  const { id, row: name } = route.useParams();
  const row = useEvaluationRow(id, name);
  useEffect(() => {
    document.title = `${name} · Loam`;
  }, [name]);
  return (
    <Container size="lg" py="lg">
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        leftSection={<BackIcon />}
        renderRoot={(props) => <Link to="/evaluations/$id" params={{ id }} search={{ view: "rows" }} {...props} />}
        mb="sm"
      >
        {t.measure.runs.back}
      </Button>
      {row.status === "pending" && <ListSkeleton rows={4} height={120} />}
      {row.status === "error" && <InlineError error={row.error} onRetry={row.refetch} />}
      {row.status === "success" && <RowView row={row.data} />}
    </Container>
  );
}

function RowView({ row }: { row: EvaluationRowJson }) {
  const { t } = useI18n();
  const words = t.measure.runs;
  const { id } = route.useParams();
  const { colour, left, right } = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: Record<string, string | undefined>) =>
    navigate({ search: (old) => readRowSearch({ ...old, ...next }), replace: true, resetScroll: false });
  const metrics = (row.cells[0]?.scores ?? []).map(({ metric }) => metric).filter(hasAlignment);
  const offered = metrics.length > 0 ? metrics : ["rougeL"];
  const chosen = colour === "none" || offered.includes(colour ?? "") ? colour : offered[0];
  const [reference] = row.references;
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-end">
        <Title order={1} size="h2" style={{ overflowWrap: "anywhere" }}>
          {words.row} {row.row}
        </Title>
        <Group gap="sm" align="flex-end">
          <Pin run={id} row={row.row} pinned={row.pinned} />
          {reference !== undefined && (
            <Select
              label={words.colour}
              size="xs"
              w={170}
              allowDeselect={false}
              value={chosen ?? "none"}
              onChange={(value) => change({ colour: value ?? undefined })}
              data={[
                ...offered.map((metric) => ({ value: metric, label: metricName(metric) })),
                { value: "none", label: words.noColour },
              ]}
            />
          )}
          {(["previous", "next"] as const).map((way) => {
            const to = row[way];
            return (
              <Button
                key={way}
                variant="default"
                size="xs"
                disabled={to === null}
                {...(to !== null && {
                  renderRoot: (props: object) => (
                    <Link to="/evaluations/$id/rows/$row" params={{ id, row: to }} search={(old) => old} {...props} />
                  ),
                })}
              >
                {words[way]}
              </Button>
            );
          })}
        </Group>
      </Group>
      <Given row={row} />
      <DiffView cells={row.cells} left={left} right={right} onChange={change} />
      <div className={styles.cards}>
        {row.cells.map((cell) => (
          <Cell
            key={cell.system}
            row={row.row}
            cell={cell}
            reference={reference}
            colour={chosen === "none" ? undefined : chosen}
          />
        ))}
      </div>
    </Stack>
  );
}

/** What the row asks and holds. */
function Given({ row: { row, question, source, fields, ...mark } }: { row: EvaluationRowJson }) {
  const { t } = useI18n();
  const { id } = route.useParams();
  const words = t.measure.runs;
  const main: [string, string][] = [
    ...(question === null ? [] : [[words.question, question] as [string, string]]),
    ...(source === null ? [] : [[words.source, source] as [string, string]]),
  ];
  return (
    <section className={`surface ${styles.panel}`} aria-label={words.input}>
      <Stack gap="sm">
        {main.map(([name, text]) => (
          <div key={name}>
            <Text size="sm" fw={600} c="dimmed">
              {name}
            </Text>
            <div className={styles.text}>{text}</div>
          </div>
        ))}
        <Note key={row} run={id} row={row} system="" mark={mark} />
        <details>
          <Text component="summary" size="sm" c="dimmed" style={{ cursor: "pointer" }}>
            {words.fields}
          </Text>
          <dl className={styles.formula} style={{ marginTop: 8 }}>
            {Object.entries(fields).map(([name, value]) => (
              <div key={name} style={{ display: "contents" }}>
                <dt>{name}</dt>
                <dd style={{ whiteSpace: "pre-wrap" }}>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
              </div>
            ))}
          </dl>
        </details>
      </Stack>
    </section>
  );
}

interface CellProps {
  row: string;
  cell: EvaluationRowJson["cells"][number];
  reference: string | undefined;
  colour: string | undefined;
}

function Cell({ row, cell, reference, colour }: CellProps) {
  const { t, format } = useI18n();
  const { id } = route.useParams();
  const words = t.measure.runs;
  const { system, prediction, error, contexts, ms, costUsd, inputTokens, outputTokens, trace, scores } = cell;
  return (
    <section className={`surface ${styles.panel}`} aria-label={system}>
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={2} size="h3">
            {system}
          </Title>
          <Group gap="md">
            <Thumbs run={id} row={row} system={system} mark={cell} />
            {prediction !== null && reference !== undefined && (
              <Anchor
                size="sm"
                renderRoot={(props) => (
                  <Link
                    to="/evaluations/playground"
                    search={{ c: prediction, r: reference, ...(colour && { metric: colour }) }}
                    {...props}
                  />
                )}
              >
                {words.inPlayground}
              </Anchor>
            )}
            {trace !== null && (
              <Anchor size="sm" renderRoot={(props) => <Link to="/traces/$id" params={{ id: trace }} {...props} />}>
                {words.trace}
              </Anchor>
            )}
          </Group>
        </Group>
        <Group gap={6}>
          {scores.map(({ metric, value, failure }) => (
            <Badge
              key={metric}
              variant={metric === colour ? "filled" : "light"}
              color={failure === null ? "moss" : "clay"}
              tt="none"
              title={failure ?? undefined}
            >
              {metricName(metric)} {showValue(value)}
            </Badge>
          ))}
        </Group>
        {error !== null && (
          <Alert color="clay" variant="light" title={words.failed}>
            {error}
          </Alert>
        )}
        {prediction !== null && <Texts prediction={prediction} reference={reference} colour={colour} />}
        <Details scores={scores} />
        {contexts.length > 0 && (
          <details>
            <Text component="summary" size="sm" c="dimmed" style={{ cursor: "pointer" }}>
              {words.contexts(contexts.length)}
            </Text>
            <ol style={{ margin: "8px 0 0", paddingLeft: 22 }}>
              {contexts.map((context) => (
                <Text key={context} component="li" size="sm" style={{ whiteSpace: "pre-wrap" }}>
                  {context}
                </Text>
              ))}
            </ol>
          </details>
        )}
        <Note key={`${row} ${system}`} run={id} row={row} system={system} mark={cell} />
        <Again row={row} system={system} />
        <Text size="xs" c="dimmed">
          {[
            format.duration(ms),
            costUsd === null ? words.costUnknown : format.cost(costUsd),
            inputTokens !== null || outputTokens !== null
              ? t.traces.tokensInOut(format.integer(inputTokens ?? 0), format.integer(outputTokens ?? 0))
              : undefined,
          ]
            .filter(Boolean)
            .join(" · ")}
        </Text>
      </Stack>
    </section>
  );
}

function Again({ row, system }: { row: string; system: string }) {
  const texts = useTexts(matrixTexts);
  const { id } = route.useParams();
  const navigate = useNavigate();
  const remake = useRemakeOutput(id);
  return (
    <>
      <Button
        variant="default"
        size="compact-xs"
        style={{ alignSelf: "flex-start" }}
        leftSection={<RetryIcon />}
        title={texts.againHelp}
        aria-label={`${texts.again}: ${system}`}
        loading={remake.isPending}
        onClick={() =>
          remake.mutate(
            { row, system },
            { onSuccess: () => void navigate({ to: "/evaluations/$id", params: { id }, search: { view: "rows" } }) },
          )
        }
      >
        {texts.again}
      </Button>
      {remake.isError && <InlineError error={remake.error} />}
    </>
  );
}

/** Prediction above reference, with what matches coloured in both. */
function Texts({ prediction, reference, colour }: { prediction: string } & Pick<CellProps, "reference" | "colour">) {
  const { t } = useI18n();
  const words = t.measure;
  const [active, setActive] = useState<readonly number[]>([]);
  const alignment = usePairAlignment(
    { metric: colour ?? "rougeL", candidate: prediction, reference: reference ?? "", tokenizer: "auto", stem: false },
    { enabled: colour !== undefined && reference !== undefined },
  );
  const aligned = colour === undefined ? undefined : alignment.data;
  const sides = [
    [words.playground.candidate, prediction, "candidate"],
    [words.runs.reference, reference, "reference"],
  ] as const;
  return (
    <>
      {sides.map(
        ([label, text, side]) =>
          text !== undefined && (
            <div key={side}>
              <Text size="sm" fw={600} c="dimmed">
                {label}
              </Text>
              {aligned ? (
                <AlignedText
                  text={text}
                  side={side}
                  alignment={aligned}
                  active={active}
                  onActive={setActive}
                  label={label}
                />
              ) : (
                <div className={styles.text}>{text}</div>
              )}
            </div>
          ),
      )}
    </>
  );
}

/** Why a judge gave its grade, claim by claim. */
function Details({ scores }: { scores: CellProps["cell"]["scores"] }) {
  const { t } = useI18n();
  const explained = scores.filter(({ details }) => details !== undefined && details !== null);
  if (explained.length === 0) return null;
  return (
    <details>
      <Text component="summary" size="sm" c="dimmed" style={{ cursor: "pointer" }}>
        {t.measure.runs.details}
      </Text>
      {explained.map(({ metric, details }) => (
        <div key={metric}>
          <Text size="sm" fw={600} mt="xs">
            {metricName(metric)}
          </Text>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
          <pre className={styles.code} tabIndex={0} style={{ maxHeight: 260 }}>
            {JSON.stringify(details, null, 2)}
          </pre>
        </div>
      ))}
    </details>
  );
}
