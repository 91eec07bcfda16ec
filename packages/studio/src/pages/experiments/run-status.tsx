import { Badge } from "@mantine/core";
import type { Run } from "../../api/experiments.ts";
import { useTexts } from "../../i18n/i18n.tsx";
import { experimentTexts } from "./texts.ts";

const colors = {
  queued: "gray",
  running: "water",
  finished: "moss",
  failed: "clay",
  cancelled: "gray",
  interrupted: "clay",
} as const;

export function RunStatus({ status }: { status: Run["status"] }) {
  const texts = useTexts(experimentTexts);
  return (
    <Badge color={colors[status]} variant="light" tt="none" style={{ flex: "none" }}>
      {texts.status[status]}
    </Badge>
  );
}
