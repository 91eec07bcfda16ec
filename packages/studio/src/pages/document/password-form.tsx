import { Button, PasswordInput, Stack } from "@mantine/core";
import { useState } from "react";
import { useUnlockDocument } from "../../api/documents.ts";
import { queryClient } from "../../api/queries.ts";
import { explain } from "../../components/inline-error.tsx";
import { useI18n } from "../../i18n/i18n.tsx";

/** Asks for the password of an encrypted document and has it read. */
export function PasswordForm({ id, onUnlocked }: { id: string; onUnlocked?: () => void }) {
  const { t } = useI18n();
  const unlock = useUnlockDocument(id);
  const [password, setPassword] = useState("");
  return (
    <form
      style={{ width: "100%", maxWidth: 380 }}
      onSubmit={(event) => {
        event.preventDefault();
        unlock.mutate(password, {
          onSuccess: async () => {
            await queryClient.invalidateQueries();
            onUnlocked?.();
          },
        });
      }}
    >
      <Stack>
        <PasswordInput
          label={t.document.password}
          description={t.document.lockedBody}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={unlock.isError && explain(unlock.error, t)}
          autoComplete="off"
          required
          withAsterisk={false}
          data-autofocus
        />
        <Button type="submit" loading={unlock.isPending}>
          {t.document.unlock}
        </Button>
      </Stack>
    </form>
  );
}
