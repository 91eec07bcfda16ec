import { Alert, Button, FileButton, Group, Select, Stack, Text } from "@mantine/core";
import { useClipSets, useDeleteClipSet, useUploadClips } from "../../../api/video-training.ts";
import { TrashIcon, UploadIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useTexts } from "../../../i18n/i18n.tsx";
import { trainTexts } from "./train-texts.ts";

/** Chooses a set of clips with captions, or adds one as a zip archive. */
export function ClipSets({ value, onChange }: { value: string; onChange: (set: string) => void }) {
  const texts = useTexts(trainTexts);
  const sets = useClipSets();
  const upload = useUploadClips();
  const remove = useDeleteClipSet();
  if (sets.status === "pending") return <ListSkeleton rows={1} height={60} />;
  if (sets.status === "error") return <InlineError error={sets.error} onRetry={sets.refetch} />;
  const chosen = sets.data.find(({ id }) => id === value);
  const send = (file: File | null) => file && upload.mutate(file, { onSuccess: ({ set }) => set && onChange(set.id) });
  const problem = upload.error ?? upload.data?.error;
  return (
    <Stack gap="sm">
      <Group align="flex-end" gap="sm">
        {sets.data.length > 0 && (
          <Select
            flex="1 1 240px"
            label={texts.clipSet}
            placeholder={texts.clipSetChoose}
            data={sets.data.map(({ id, name, clips }) => ({ value: id, label: `${name} · ${texts.clips(clips)}` }))}
            value={chosen ? value : null}
            allowDeselect={false}
            onChange={(id) => id && onChange(id)}
          />
        )}
        <FileButton onChange={send} accept=".zip" inputProps={{ "aria-label": texts.addClips }}>
          {(props) => (
            <Button {...props} variant="default" leftSection={<UploadIcon />} loading={upload.isPending}>
              {texts.addClips}
            </Button>
          )}
        </FileButton>
        {chosen && (
          <Button
            variant="subtle"
            color="clay"
            leftSection={<TrashIcon />}
            loading={remove.isPending}
            onClick={() => remove.mutate(chosen.id, { onSuccess: () => onChange("") })}
          >
            {texts.deleteClips}
          </Button>
        )}
      </Group>
      {problem && (
        <Alert color="clay" variant="light" title={texts.notAdded}>
          {problem.message}
        </Alert>
      )}
      <Text size="sm" c="dimmed">
        {chosen?.description ?? texts.clipsHelp}
      </Text>
    </Stack>
  );
}
