import type { PairAlignmentJson } from "@loam/server";
import { Group, SegmentedControl, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { type CSSProperties, useState } from "react";
import { type AlignRequest, usePairAlignment } from "../../api/evaluations.ts";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import { AlignedText } from "./aligned-text.tsx";
import styles from "./evaluations.module.css";
import { aboutMetric, hasAlignment, metricName, toFormula } from "./formula.ts";
import { matchLabel } from "./text-pieces.ts";
import { TokenMatrix } from "./token-matrix.tsx";

const shownChips = 60;

interface AlignmentPanelProps {
  request: AlignRequest;
  referenceLabel: string;
  onOrder(order: number): void;
}

/** What a metric counts in a pair: its formula with the numbers, both texts coloured, the matches by name. */
export function AlignmentPanel({ request, referenceLabel, onOrder }: AlignmentPanelProps) {
  const { t } = useI18n();
  const { metric } = request;
  const alignment = usePairAlignment(request, { enabled: hasAlignment(metric) });
  return (
    <Stack gap="md">
      <div>
        <Title order={2}>{metricName(metric)}</Title>
        <Text c="dimmed" size="sm">
          {aboutMetric(metric, t)}
        </Text>
      </div>
      {!hasAlignment(metric) && <Text>{t.measure.playground.noAlignment}</Text>}
      {hasAlignment(metric) && alignment.status === "pending" && <ListSkeleton rows={2} height={90} />}
      {alignment.status === "error" && <InlineError error={alignment.error} onRetry={alignment.refetch} />}
      {alignment.status === "success" && (
        <Aligned
          key={`${request.metric} ${request.order}`}
          request={request}
          alignment={alignment.data}
          referenceLabel={referenceLabel}
          onOrder={onOrder}
        />
      )}
    </Stack>
  );
}

function Aligned({
  request,
  alignment,
  referenceLabel,
  onOrder,
}: AlignmentPanelProps & { alignment: PairAlignmentJson }) {
  const { t } = useI18n();
  const [active, setActive] = useState<readonly number[]>([]);
  const { orders, order, matches, omitted } = alignment;
  const words = t.measure.playground;
  const shared = { alignment, active, onActive: setActive };
  return (
    <>
      <dl className={styles.formula}>
        {toFormula(alignment, t).map(({ name, text }) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {orders && (
        <Group gap="sm">
          <Text size="sm" id="ngram-order">
            {words.order}
          </Text>
          <SegmentedControl
            size="xs"
            aria-labelledby="ngram-order"
            value={String(order)}
            onChange={(value) => onOrder(Number(value))}
            data={orders.map((counts) => ({ value: String(counts.order), label: `${counts.order}` }))}
          />
        </Group>
      )}
      <div className={styles.pair}>
        <div>
          <Text size="sm" fw={600} c="dimmed">
            {words.candidate}
          </Text>
          <AlignedText text={request.candidate} side="candidate" label={words.candidate} {...shared} />
        </div>
        <div>
          <Text size="sm" fw={600} c="dimmed">
            {referenceLabel}
          </Text>
          <AlignedText text={request.reference} side="reference" label={referenceLabel} {...shared} />
        </div>
      </div>
      {alignment.metric === "ter" && <Legend />}
      {alignment.cosines ? (
        <TokenMatrix {...shared} />
      ) : (
        <div>
          <Title order={3} size="h3" mb={6}>
            {words.matches}
          </Title>
          {matches.length === 0 && <Text c="dimmed">{words.noMatches}</Text>}
          <ul className={styles.chips}>
            {matches.slice(0, shownChips).map((match, m) => (
              <li key={`${match.candidate.join()}-${match.reference.join()}`}>
                <UnstyledButton
                  className={styles.chip}
                  data-active={active.includes(m) || undefined}
                  onPointerEnter={() => setActive([m])}
                  onPointerLeave={() => setActive([])}
                  onFocus={() => setActive([m])}
                  onBlur={() => setActive([])}
                >
                  {chipText(alignment, request, m)}
                </UnstyledButton>
              </li>
            ))}
            {matches.length + omitted > shownChips && (
              <li className={styles.chip}>{words.omitted(String(matches.length + omitted - shownChips))}</li>
            )}
          </ul>
        </div>
      )}
    </>
  );
}

/** What matches; where the sides differ (stems, replaced words), both. */
function chipText(alignment: PairAlignmentJson, { candidate, reference }: AlignRequest, match: number): string {
  const left = matchLabel(candidate, "candidate", alignment, match);
  const right = matchLabel(reference, "reference", alignment, match);
  return left.toLowerCase() === right.toLowerCase() ? left : `${left} → ${right}`;
}

function Legend() {
  const { t } = useI18n();
  return (
    <Group gap="md">
      {(["same", "substituted", "shifted"] as const).map((kind) => (
        <Text key={kind} size="sm" component="span">
          <mark
            className={styles.match}
            data-kind={kind}
            style={{ "--strength": 1, padding: "1px 8px" } as CSSProperties}
          >
            {t.measure.playground.kinds[kind]}
          </mark>
        </Text>
      ))}
    </Group>
  );
}
