import { Group, Loader, Stack, Text } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { uploadFile } from "../../api/documents.ts";
import { UploadIcon } from "../../components/icons.tsx";
import { explain, explainCode } from "../../components/inline-error.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./library.module.css";

const parallelUploads = 3;

/** Takes files, by drop or by choice, and sends them. Each is answered for by itself. */
export function DropArea() {
  const { t } = useI18n();
  const [sending, setSending] = useState(0);

  const refuse = (name: string, message: string) =>
    notifications.show({ color: "clay", title: t.library.refused(name), message, autoClose: 12_000 });

  async function send(files: File[]) {
    setSending((count) => count + files.length);
    const waiting = [...files];
    const next = async (): Promise<void> => {
      const file = waiting.shift();
      if (!file) return;
      try {
        const { error } = await uploadFile(file);
        if (error) refuse(file.name, explainCode(error.code, error.message, t));
      } catch (error) {
        refuse(file.name, explain(error, t));
      }
      setSending((count) => count - 1);
      return await next();
    };
    await Promise.all(Array.from({ length: parallelUploads }, next));
  }

  return (
    <Dropzone
      onDrop={(files: File[]) => void send(files)}
      onReject={(rejected: { file: File }[]) => {
        for (const { file } of rejected) refuse(file.name, t.library.dropReject);
      }}
      className={styles.drop}
      mb="lg"
      aria-label={t.library.add}
      inputProps={{ "aria-label": t.library.add }}
    >
      <Group justify="center" gap="md" mih={76} style={{ pointerEvents: "none" }} wrap="nowrap">
        {sending > 0 ? <Loader size="sm" /> : <UploadIcon className={styles.dropIcon} />}
        <Stack gap={0}>
          <Text fw={600}>
            <Dropzone.Accept>{t.library.dropActive}</Dropzone.Accept>
            <Dropzone.Reject>{t.library.dropReject}</Dropzone.Reject>
            <Dropzone.Idle>{sending > 0 ? t.library.uploading(sending) : t.library.drop}</Dropzone.Idle>
          </Text>
          <Text size="sm" c="dimmed">
            {t.library.dropHint}
          </Text>
        </Stack>
      </Group>
    </Dropzone>
  );
}
