import { Anchor, Group } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { BackIcon } from "../../components/icons.tsx";
import { useI18n } from "../../i18n/i18n.tsx";

/** The way back to the list of runs. */
export function BackToRuns() {
  const { t } = useI18n();
  return (
    <Anchor renderRoot={(props) => <Link to="/tune" {...props} />} size="sm">
      <Group gap={6} mb="xs">
        <BackIcon />
        {t.tune.run.back}
      </Group>
    </Anchor>
  );
}
