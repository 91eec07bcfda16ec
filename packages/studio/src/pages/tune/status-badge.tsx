import type { RunJson } from "@loam/server";
import { Badge } from "@mantine/core";
import { useI18n } from "../../i18n/i18n.tsx";

const colors = {
  queued: "gray",
  running: "water",
  finished: "moss",
  failed: "clay",
  cancelled: "gray",
  interrupted: "clay",
} as const;

export function StatusBadge({ status }: { status: RunJson["status"] }) {
  const { t } = useI18n();
  return (
    <Badge color={colors[status]} variant="light" tt="none" style={{ flex: "none" }}>
      {t.tune.status[status]}
    </Badge>
  );
}
