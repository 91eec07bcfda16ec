import { Button, Popover, Stack, Text, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Run, useRegister } from "../../../api/experiments.ts";
import { InlineError } from "../../../components/inline-error.tsx";
import { useTexts } from "../../../i18n/i18n.tsx";
import styles from "../experiments.module.css";
import { experimentTexts } from "../texts.ts";

/** Makes a version of a registered model of what a run has made. */
export function RegisterForm({ run }: { run: Run }) {
  const texts = useTexts(experimentTexts);
  const register = useRegister();
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState("");
  const [source, setSource] = useState(typeof run.summary.adapter === "string" ? run.summary.adapter : "");
  return (
    <Popover opened={opened} onChange={setOpened} trapFocus withinPortal width={320} position="bottom-end">
      <Popover.Target>
        <Button variant="default" onClick={() => setOpened((now) => !now)}>
          {texts.run.register}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            register.mutate({ name: name.trim(), source: source.trim() || undefined, runId: run.id });
          }}
        >
          <Stack gap="xs">
            <TextInput
              label={texts.run.registerName}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              required
            />
            <TextInput
              label={texts.run.registerSource}
              description={texts.run.registerHelp}
              value={source}
              onChange={(event) => setSource(event.currentTarget.value)}
            />
            {register.isError && <InlineError error={register.error} />}
            {register.data ? (
              <Text size="sm">
                {texts.run.registered}:{" "}
                <Link to="/experiments/registry/$name" params={{ name: name.trim() }} className={styles.link}>
                  {texts.registry.version(register.data.version)}
                </Link>
              </Text>
            ) : (
              <Button type="submit" size="xs" loading={register.isPending} disabled={name.trim() === ""}>
                {texts.run.register}
              </Button>
            )}
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
