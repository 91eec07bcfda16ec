import type { KeyJson } from "@loam/server";
import { Button, Group, PasswordInput, Text } from "@mantine/core";
import { useState } from "react";
import { useSetKey } from "../../api/settings.ts";
import { explain } from "../../components/inline-error.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./settings.module.css";

/** Whether a provider has a key and where it comes from. The key itself never comes back from the server. */
export function KeyRow({ state }: { state: KeyJson }) {
  const { t } = useI18n();
  const setKey = useSetKey();
  const [editing, setEditing] = useState(false);
  const [key, setText] = useState("");
  const close = () => {
    setEditing(false);
    setText("");
  };
  return (
    <li className={styles.key}>
      <Text fw={600} w={120}>
        {state.provider}
      </Text>
      <Text size="sm" c={state.source ? undefined : "dimmed"} flex={1} style={{ overflowWrap: "anywhere" }}>
        {state.source ? t.settings.keySet(state.source) : t.settings.keyMissing}
      </Text>
      {!editing && (
        <Group gap="xs">
          {state.removable && (
            <Button
              size="compact-sm"
              variant="subtle"
              color="clay"
              loading={setKey.isPending}
              onClick={() => setKey.mutate({ provider: state.provider, key: null })}
            >
              {t.settings.removeKey}
            </Button>
          )}
          <Button size="compact-sm" variant="default" onClick={() => setEditing(true)}>
            {state.source ? t.settings.replaceKey : t.settings.setKey}
          </Button>
        </Group>
      )}
      {editing && (
        <form
          className={styles.keyForm}
          onSubmit={(event) => {
            event.preventDefault();
            setKey.mutate({ provider: state.provider, key: key.trim() }, { onSuccess: close });
          }}
        >
          <PasswordInput
            aria-label={t.settings.keyLabel(state.provider)}
            placeholder={t.settings.keyLabel(state.provider)}
            value={key}
            onChange={(event) => setText(event.currentTarget.value)}
            error={setKey.isError && explain(setKey.error, t)}
            autoComplete="off"
            autoFocus
            required
            flex={1}
          />
          <Button type="submit" loading={setKey.isPending}>
            {t.common.save}
          </Button>
          <Button variant="default" onClick={close}>
            {t.common.cancel}
          </Button>
        </form>
      )}
    </li>
  );
}
