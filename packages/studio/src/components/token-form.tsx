import { Button, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { assertOk } from "../api/client.ts";
import { useI18n } from "../i18n/i18n.tsx";

/** Asks for the server's token, and then for everything that was refused without it. */
export function TokenForm() {
  const { t } = useI18n();
  const client = useQueryClient();
  const [token, setToken] = useState("");
  const logIn = useMutation({
    mutationFn: async () =>
      assertOk(
        await fetch("/api/session", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ token }),
        }),
      ),
    onSuccess: () => client.resetQueries(),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        logIn.mutate();
      }}
    >
      <Stack maw={420} mx="auto" my="xl" p="lg" className="surface">
        <Text fw={600}>{t.errors.unauthorized}</Text>
        <PasswordInput
          label={t.errors.token}
          description={t.errors.tokenHelp}
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          error={logIn.isError && t.errors.unauthorized}
          required
        />
        <Button type="submit" loading={logIn.isPending}>
          {t.errors.logIn}
        </Button>
      </Stack>
    </form>
  );
}
