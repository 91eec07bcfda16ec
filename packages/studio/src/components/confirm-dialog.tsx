import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useI18n } from "../i18n/i18n.tsx";
import { InlineError } from "./inline-error.tsx";

/** Asks before something goes for good. */
export function ConfirmDialog({
  opened,
  title,
  body,
  action,
  isPending,
  error,
  onClose,
  onConfirm,
}: {
  opened: boolean;
  title: string;
  body: string;
  action: string;
  isPending: boolean;
  error: unknown;
  onClose: () => void;
  onConfirm: () => void;
}) {
  const { t } = useI18n();
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ "aria-label": t.common.close }} centered>
      <Stack>
        <Text style={{ overflowWrap: "anywhere" }}>{body}</Text>
        {error !== null && <InlineError error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t.common.cancel}
          </Button>
          <Button color="clay" loading={isPending} onClick={onConfirm}>
            {action}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
