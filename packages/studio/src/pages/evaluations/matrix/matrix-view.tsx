import type { EvaluationJson, EvaluationRowsJson } from "@loam/server";
import { Button, Group, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { type RowsShown, useEvaluationRows } from "../../../api/evaluations.ts";
import { EmptyState } from "../../../components/empty-state.tsx";
import { SearchIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import styles from "../evaluations.module.css";
import { type EvaluationSearch, rowsShown } from "../evaluations-search.ts";
import { metricName } from "../formula.ts";
import { showValue } from "../run-summary.ts";
import { Pin, Thumbs } from "./marks.tsx";
import matrixStyles from "./matrix.module.css";
import { goodness, type ScoreScale, scoreColour } from "./score-colour.ts";
import { matrixTexts } from "./texts.ts";

interface MatrixViewProps {
  run: EvaluationJson;
  search: EvaluationSearch;
  onChange(next: EvaluationSearch | Record<string, string | undefined>): void;
}

/** Rows down, systems across: each output with its score, coloured by one metric. */
export function MatrixView({ run, search, onChange }: MatrixViewProps) {
  const { t } = useI18n();
  const texts = useTexts(matrixTexts);
  const words = t.measure.runs;
  const look = useDebouncedCallback((q: string) => onChange({ q }), 250);
  const metric = run.metrics.includes(search.metric ?? "") ? search.metric! : run.metrics[0]!;
  const systems = run.systems.map(({ system }) => system);
  const left = systems.find((system) => system === search.left) ?? systems[0]!;
  const right = systems.find((system) => system === search.right && system !== left) ?? otherThan(systems, left);
  const turns = search.show === "turned" || search.show === "better" || search.show === "worse";
  return (
    <Stack>
      <Group gap="sm" align="flex-end">
        <TextInput
          flex="1 1 200px"
          aria-label={words.search}
          placeholder={words.search}
          leftSection={<SearchIcon />}
          defaultValue={search.q ?? ""}
          onChange={(event) => look(event.currentTarget.value)}
        />
        <Select
          label={texts.show}
          w={190}
          allowDeselect={false}
          value={search.show ?? "all"}
          onChange={(show) => onChange({ show: show === "all" ? undefined : (show ?? undefined) })}
          data={["all", ...rowsShown.filter((show) => systems.length > 1 || !isTurn(show))].map((show) => ({
            value: show,
            label: texts.shown[show as RowsShown | "all"],
          }))}
        />
        <Select
          label={texts.colourBy}
          w={150}
          allowDeselect={false}
          value={metric}
          onChange={(value) => onChange({ metric: value ?? undefined })}
          data={run.metrics.map((name) => ({ value: name, label: metricName(name) }))}
        />
        <Select
          label={words.sort}
          w={190}
          allowDeselect={false}
          value={search.sort ?? ""}
          onChange={(sort) => onChange({ sort: sort ?? "" })}
          data={[
            { value: "", label: words.sorts.dataset },
            ...run.metrics.flatMap((name) => [
              { value: name, label: words.sorts.lowest(metricName(name)) },
              { value: `-${name}`, label: words.sorts.highest(metricName(name)) },
            ]),
          ]}
        />
        {turns &&
          (
            [
              ["left", left, texts.from],
              ["right", right, texts.to],
            ] as const
          ).map(([side, value, label]) => (
            <Select
              key={side}
              label={label}
              w={150}
              allowDeselect={false}
              value={value ?? null}
              data={systems.filter((system) => system !== (side === "left" ? right : left))}
              onChange={(system) => onChange({ [side]: system ?? undefined })}
            />
          ))}
      </Group>
      <Matrix run={run} search={search} metric={metric} pair={turns ? { left, right } : undefined} />
    </Stack>
  );
}

const isTurn = (show: RowsShown): boolean => show === "turned" || show === "better" || show === "worse";

const otherThan = (systems: readonly string[], one: string): string | undefined =>
  systems.findLast((system) => system !== one);

interface MatrixProps {
  run: EvaluationJson;
  search: EvaluationSearch;
  metric: string;
  pair: { left: string; right: string | undefined } | undefined;
}

function Matrix({ run, search: { q, sort, show }, metric, pair }: MatrixProps) {
  const { t, format } = useI18n();
  const texts = useTexts(matrixTexts);
  const words = t.measure.runs;
  const rows = useEvaluationRows(run.id, {
    query: q,
    ...(sort && { sort: sort.replace(/^-/, ""), order: sort.startsWith("-") ? "descending" : "ascending" }),
    ...(show && { show }),
    ...(pair && { metric, ...pair }),
  });
  if (rows.status === "pending") return <ListSkeleton rows={6} height={70} />;
  if (rows.status === "error") return <InlineError error={rows.error} onRetry={rows.refetch} />;
  const all = rows.data.pages.flatMap((page) => page.rows);
  if (all.length === 0) return <EmptyState title={show ? texts.noMatrix : words.noRows} />;
  const scale = scaleOf(run, metric);
  const [worst, best] = scale.direction === "lower" ? [scale.max, scale.min] : [scale.min, scale.max];
  return (
    <>
      <Text size="sm" c="dimmed" role="status">
        {[
          words.count(format.integer(rows.data.pages[0]!.total)),
          scale.direction !== "none" && `${metricName(metric)} ${texts.scale(showValue(worst), showValue(best))}`,
          pair && texts.turnedHelp(pair.left, pair.right ?? "", metricName(metric)),
        ]
          .filter(Boolean)
          .join(" · ")}
      </Text>
      <Table.ScrollContainer
        minWidth={300}
        maxHeight={720}
        className="surface"
        scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": texts.matrix } }}
      >
        <Table verticalSpacing="xs" className={matrixStyles.matrix}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th className={matrixStyles.input}>{words.row}</Table.Th>
              {run.systems.map(({ system }) => (
                <Table.Th key={system}>{system}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {all.map((row) => (
              <MatrixRow key={row.row} run={run} row={row} metric={metric} scale={scale} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {rows.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={rows.isFetchingNextPage} onClick={() => void rows.fetchNextPage()}>
            {words.more}
          </Button>
        </Group>
      )}
    </>
  );
}

interface MatrixRowProps {
  run: EvaluationJson;
  row: EvaluationRowsJson["rows"][number];
  metric: string;
  scale: ScoreScale;
}

function MatrixRow({ run, row: { row, input, pinned, note, systems }, metric, scale }: MatrixRowProps) {
  const { t } = useI18n();
  const texts = useTexts(matrixTexts);
  const m = run.metrics.indexOf(metric);
  return (
    <Table.Tr>
      <Table.Th scope="row" className={matrixStyles.input}>
        <Group justify="space-between" gap={4} wrap="nowrap" align="flex-start">
          <Link
            to="/evaluations/$id/rows/$row"
            params={{ id: run.id, row }}
            search={{ colour: metric }}
            className={styles.name}
            style={{ overflowWrap: "anywhere" }}
          >
            {row}
          </Link>
          <Pin run={run.id} row={row} pinned={pinned} />
        </Group>
        <Text size="sm" c="dimmed" className={styles.prediction}>
          {input}
        </Text>
        {note !== null && <Said note={note} label={texts.note} />}
      </Table.Th>
      {systems.map(({ system, prediction, failed, scores, ...mark }) => (
        <Table.Td
          key={system}
          className={matrixStyles.cell}
          style={{ background: scoreColour(goodness(scores[m] ?? null, scale)) }}
        >
          <Group justify="space-between" gap={4} wrap="nowrap">
            <span className={matrixStyles.score}>{showValue(scores[m] ?? null)}</span>
            <Thumbs run={run.id} row={row} system={system} mark={mark} />
          </Group>
          <Text className={styles.prediction} fw={failed ? 600 : undefined}>
            {failed ? t.measure.runs.failed : prediction}
          </Text>
          {mark.note !== null && <Said note={mark.note} label={texts.note} />}
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

function Said({ note, label }: { note: string; label: string }) {
  return (
    <Text size="xs" fs="italic" lineClamp={2} mt={2}>
      {label}: {note}
    </Text>
  );
}

/** Over all systems of the run. */
function scaleOf({ results }: EvaluationJson, metric: string): ScoreScale {
  const own = results.flatMap(({ metrics }) => metrics.filter((one) => one.metric === metric));
  const spreads = own.flatMap(({ spread }) => spread ?? []);
  return {
    min: Math.min(...spreads.map(({ min }) => min)),
    max: Math.max(...spreads.map(({ max }) => max)),
    direction: own[0]?.direction ?? "none",
  };
}
