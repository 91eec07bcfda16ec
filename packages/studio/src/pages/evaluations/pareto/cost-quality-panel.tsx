import type { EvaluationJson } from "@loam/server";
import { Group, SegmentedControl, Select, Stack, Text, Title } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTexts } from "../../../i18n/i18n.tsx";
import { metricName } from "../formula.ts";
import { matrixTexts } from "../matrix/texts.ts";
import { costQuality } from "./cost-quality.ts";

const ScatterChart = lazy(() => import("../../experiments/charts/scatter-chart.tsx"));

/** Cost or time of each system beside its quality, and which of them nothing beats in both. */
export function CostQualityPanel({ run }: { run: EvaluationJson }) {
  const texts = useTexts(matrixTexts);
  const [metric, setMetric] = useState(run.metrics[0]!);
  const isPriced = run.results.some(({ costUsd }) => costUsd !== null && costUsd > 0);
  const [by, setBy] = useState<"cost" | "time">(isPriced ? "cost" : "time");
  const { points, front, unpriced } = useMemo(() => costQuality(run.results, { metric, by }), [run, metric, by]);
  const axes = useMemo(
    () => ({ x: by === "cost" ? texts.costAxis : texts.timeAxis, y: metricName(metric) }),
    [by, metric, texts],
  );
  const names = (some: readonly string[]) => some.join(", ");
  return (
    <section className="surface" style={{ padding: "16px 18px" }} aria-label={texts.scatter}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h3">
            {texts.scatter}
          </Title>
          <Group gap="xs">
            <SegmentedControl
              size="xs"
              value={by}
              onChange={(value) => setBy(value as "cost" | "time")}
              data={[
                { value: "cost", label: texts.byCost },
                { value: "time", label: texts.byTime },
              ]}
            />
            <Select
              size="xs"
              w={150}
              aria-label={texts.colourBy}
              allowDeselect={false}
              value={metric}
              onChange={(value) => setMetric(value ?? run.metrics[0]!)}
              data={run.metrics.map((name) => ({ value: name, label: metricName(name) }))}
            />
          </Group>
        </Group>
        <Suspense fallback={<div style={{ height: 320 }} />}>
          <ScatterChart points={points} front={front} axes={axes} label={texts.scatterLabel(axes.y, axes.x)} />
        </Suspense>
        {front.length > 0 && (
          <Text size="sm">{(by === "cost" ? texts.front : texts.frontTime)(names(front.map(({ name }) => name)))}</Text>
        )}
        {unpriced.length > 0 && (
          <Text size="sm" c="dimmed">
            {texts.unpriced(names(unpriced))}
          </Text>
        )}
      </Stack>
    </section>
  );
}
