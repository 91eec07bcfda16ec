import { Skeleton, Stack } from "@mantine/core";
import { useI18n } from "../i18n/i18n.tsx";

/** Grey rows while a list is on its way. */
export function ListSkeleton({ rows = 4, height = 84 }: { rows?: number; height?: number }) {
  const { t } = useI18n();
  return (
    <Stack role="status" aria-label={t.common.loading}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all the same
        <Skeleton key={row} height={height} radius="lg" />
      ))}
    </Stack>
  );
}
