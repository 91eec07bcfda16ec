import { Progress } from "@mantine/core";
import styles from "./work-progress.module.css";

/**
 * How far something is. Without a share the bar only says that it moves: nothing is full before it is done, and what
 * waits stands still and empty.
 */
export function WorkProgress({
  share,
  isMoving,
  label,
}: {
  /** 0 to 1; undefined while it cannot be told. */
  share: number | undefined;
  isMoving: boolean;
  label: string;
}) {
  if (share !== undefined)
    return (
      <Progress value={100 * share} color={isMoving ? "water" : "gray"} size="sm" aria-label={label} flex="1 1 auto" />
    );
  return (
    <div className={styles.track} role="progressbar" aria-label={label}>
      {isMoving && <div className={styles.runner} />}
    </div>
  );
}
