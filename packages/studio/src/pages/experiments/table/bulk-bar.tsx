import { Button, Group, Popover, Stack, Text, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type BulkChange, useBulkChange } from "../../../api/experiments.ts";
import { InlineError } from "../../../components/inline-error.tsx";
import { useTexts } from "../../../i18n/i18n.tsx";
import { experimentTexts } from "../texts.ts";

/** What can be done with the runs that are chosen. */
export function BulkBar({
  ids,
  show,
  onDone,
}: {
  ids: string[];
  show: "archived" | "deleted" | undefined;
  onDone: () => void;
}) {
  const { table: texts } = useTexts(experimentTexts);
  const bulk = useBulkChange();
  if (ids.length === 0) return null;
  const act = (change: BulkChange) => bulk.mutate({ ids, change }, { onSuccess: onDone });
  const verbs =
    show === "deleted"
      ? (["restore"] as const)
      : show === "archived"
        ? (["unarchive", "delete"] as const)
        : (["archive", "delete"] as const);
  return (
    <Group gap={6}>
      <Text size="sm" fw={600}>
        {texts.chosen(ids.length)}
      </Text>
      <Button
        size="compact-sm"
        renderRoot={(props) => <Link to="/experiments/compare" search={{ runs: ids.join(",") }} {...props} />}
      >
        {texts.compare}
      </Button>
      <TagForm onTag={(tags) => act({ type: "tag", tags })} />
      {verbs.map((type) => (
        <Button key={type} size="compact-sm" variant="default" loading={bulk.isPending} onClick={() => act({ type })}>
          {texts[type]}
        </Button>
      ))}
      {bulk.isError && <InlineError error={bulk.error} />}
    </Group>
  );
}

function TagForm({ onTag }: { onTag: (tags: Record<string, string>) => void }) {
  const { table: texts } = useTexts(experimentTexts);
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  return (
    <Popover opened={opened} onChange={setOpened} trapFocus withinPortal>
      <Popover.Target>
        <Button size="compact-sm" variant="default" onClick={() => setOpened((now) => !now)}>
          {texts.tag}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setOpened(false);
            onTag({ [name.trim()]: value });
          }}
        >
          <Stack gap="xs">
            <TextInput label={texts.tagName} value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <TextInput label={texts.tagValue} value={value} onChange={(event) => setValue(event.currentTarget.value)} />
            <Button type="submit" size="xs" disabled={name.trim() === ""}>
              {texts.tag}
            </Button>
          </Stack>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
