import { ActionIcon, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useChangeWork, type Work, type WorkChange } from "../../api/work.ts";
import { CloseIcon, PauseIcon, PlayIcon } from "../../components/icons.tsx";
import { explainCode } from "../../components/inline-error.tsx";
import { WorkProgress } from "../../components/work-progress.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import { trayTexts } from "./texts.ts";
import styles from "./tray.module.css";
import { placeOf, toWorkRow, type WorkRow } from "./work-row.ts";

const actions = [
  { change: "resume", Icon: PlayIcon, allowed: ({ canResume }: WorkRow) => canResume },
  { change: "pause", Icon: PauseIcon, allowed: ({ canPause }: WorkRow) => canPause },
  { change: "cancel", Icon: CloseIcon, allowed: ({ canCancel }: WorkRow) => canCancel },
] as const satisfies { change: WorkChange; [key: string]: unknown }[];

/** One piece of work: what it is, how far, and what can be done about it. */
export function WorkItem({ work, onClose }: { work: Work; onClose: () => void }) {
  const { t } = useI18n();
  const texts = useTexts(trayTexts);
  const change = useChangeWork();
  const row = toWorkRow(work);
  const kind = texts.kinds[work.kind] ?? work.kind;
  const place = placeOf(work);
  return (
    <li className={styles.item}>
      <div className={styles.head}>
        <div className={styles.name}>
          <Text fw={600} size="sm">
            {kind}
          </Text>
          <Text size="xs" c="dimmed" truncate title={work.name}>
            {place ? (
              <Link to={place} onClick={onClose} className={styles.link}>
                {work.name}
              </Link>
            ) : (
              work.name
            )}
          </Text>
        </div>
        <Group gap={2} wrap="nowrap">
          {actions
            .filter(({ allowed }) => allowed(row))
            .map(({ change: verb, Icon }) => (
              <ActionIcon
                key={verb}
                variant="subtle"
                color="gray"
                loading={change.isPending && change.variables?.change === verb}
                onClick={() => change.mutate({ id: work.id, change: verb })}
                aria-label={texts.act(texts[verb], `${kind} ${work.name}`)}
                title={texts[verb]}
              >
                <Icon />
              </ActionIcon>
            ))}
        </Group>
      </div>
      {row.canCancel && <WorkProgress share={row.share} isMoving={row.isMoving} label={texts.progress(work.name)} />}
      <Facts row={row} />
      {work.error && (
        <Note again={row.isRetried}>
          {explainCode(work.error.code, work.error.message, t)}
          {work.error.hint && ` ${work.error.hint}`}
        </Note>
      )}
      {change.isError && <Note>{(change.error as Error).message}</Note>}
    </li>
  );
}

/** Why it failed, or, dimmed, why it is tried again. */
function Note({ again = false, children }: { again?: boolean; children: ReactNode }) {
  return (
    <Text size="xs" {...(again ? { c: "dimmed" } : { className: styles.error })}>
      {children}
    </Text>
  );
}

function Facts({ row: { work, etaMs, tookMs, share, isRetried } }: { row: WorkRow }) {
  const { format } = useI18n();
  const texts = useTexts(trayTexts);
  const { progress, asked, status, attempts, createdAt } = work;
  const facts = [
    asked ? texts.asked[asked] : isRetried ? texts.again : texts.status[status],
    share !== undefined && texts.of(format.integer(progress!.done), format.integer(progress!.total!)),
    etaMs !== undefined && texts.eta(format.duration(etaMs)),
    etaMs === undefined && tookMs !== undefined && status !== "queued" && texts.took(format.duration(tookMs)),
    attempts > 1 && texts.attempt(attempts),
    status !== "running" && format.ago(createdAt),
  ];
  return (
    <Text size="xs" c="dimmed">
      {[...facts.filter(Boolean), status === "running" && progress?.message].filter(Boolean).join(" · ")}
    </Text>
  );
}
