import { ActionIcon } from "@mantine/core";
import { DownloadIcon, TrashIcon } from "../../components/icons.tsx";
import { useI18n } from "../../i18n/i18n.tsx";

/** What can be done with a file that was made here: fetch it, and delete it. */
export function FileActions({ id, href, onDelete }: { id: string; href: string; onDelete: () => void }) {
  const { t } = useI18n();
  return (
    <>
      <ActionIcon
        variant="subtle"
        size="lg"
        component="a"
        href={href}
        download
        aria-label={t.tune.adapters.downloadLabel(id)}
      >
        <DownloadIcon />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="clay"
        size="lg"
        aria-label={t.tune.adapters.deleteLabel(id)}
        onClick={onDelete}
      >
        <TrashIcon />
      </ActionIcon>
    </>
  );
}
