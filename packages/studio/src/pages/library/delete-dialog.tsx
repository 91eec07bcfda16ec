import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useDeleteDocument } from "../../api/documents.ts";
import { InlineError } from "../../components/inline-error.tsx";
import { useI18n } from "../../i18n/i18n.tsx";

/** Asks before a document goes. */
export function DeleteDialog({
  document,
  onClose,
}: {
  document: { id: string; title: string } | undefined;
  onClose: () => void;
}) {
  const { t } = useI18n();
  const remove = useDeleteDocument();
  return (
    <Modal
      opened={document !== undefined}
      onClose={onClose}
      title={t.library.deleteTitle}
      closeButtonProps={{ "aria-label": t.common.close }}
      centered
    >
      <Stack>
        <Text>{t.library.deleteBody(document?.title ?? "")}</Text>
        {remove.isError && <InlineError error={remove.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t.common.cancel}
          </Button>
          <Button
            color="clay"
            loading={remove.isPending}
            onClick={() =>
              document &&
              remove.mutate(document.id, {
                onSuccess: () => {
                  notifications.show({ message: t.library.deleted(document.title) });
                  onClose();
                },
              })
            }
          >
            {t.common.delete}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
