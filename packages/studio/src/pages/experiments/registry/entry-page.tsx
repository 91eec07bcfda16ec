import { Badge, Button, Code, Container, Group, Modal, Stack, Text, TextInput, Title } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { usePromote, useRegistryEntry } from "../../../api/experiments.ts";
import { BackIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import styles from "../experiments.module.css";
import { experimentTexts } from "../texts.ts";

const route = getRouteApi("/experiments/registry/$name");

/** A registered name: its versions, which alias points where, and what was decided. */
export function EntryPage() {
  const { registry: texts } = useTexts(experimentTexts);
  const { name } = route.useParams();
  const found = useRegistryEntry(name);
  return (
    <Container size="lg" py="lg">
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        mb="sm"
        leftSection={<BackIcon />}
        renderRoot={(props) => <Link to="/experiments/registry" {...props} />}
      >
        {texts.back}
      </Button>
      {found.status === "pending" && <ListSkeleton rows={3} />}
      {found.status === "error" && <InlineError error={found.error} onRetry={found.refetch} />}
      {found.status === "success" && <EntryView {...found.data} />}
    </Container>
  );
}

type Found = NonNullable<ReturnType<typeof useRegistryEntry>["data"]>;

function EntryView({ entry, events }: Found) {
  const { format } = useI18n();
  const { registry: texts } = useTexts(experimentTexts);
  const [promoting, setPromoting] = useState<number>();
  const aliases = Object.entries(entry.aliases);
  return (
    <Stack gap="xl">
      <div>
        <Title order={1} size="h2" style={{ overflowWrap: "anywhere" }}>
          {entry.name}
        </Title>
        <Text size="sm" c="dimmed">
          {texts.kinds[entry.kind]}
          {entry.description ? ` · ${entry.description}` : ""}
        </Text>
        {aliases[0] && (
          <Text size="sm" mt={6}>
            {texts.use} <Code>{`registry:${entry.name}@${aliases[0][0]}`}</Code>
          </Text>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className={styles.scroll} tabIndex={0} aria-label={texts.versions}>
        <table className={styles.table}>
          <thead>
            <tr>
              {[texts.versions, texts.aliases, texts.stage, texts.source, texts.run, texts.made].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
              <td />
            </tr>
          </thead>
          <tbody>
            {entry.versions.map((version) => (
              <tr key={version.version}>
                <th scope="row">{texts.version(version.version)}</th>
                <td>
                  <Group gap={4}>
                    {aliases
                      .filter(([, number]) => number === version.version)
                      .map(([alias]) => (
                        <Badge key={alias} variant="light" tt="none">
                          {alias}
                        </Badge>
                      ))}
                  </Group>
                </td>
                <td>{version.stage}</td>
                <td>
                  <span className={styles.cell}>{version.source ?? texts.none}</span>
                </td>
                <td>
                  {version.runId ? (
                    <Link to="/experiments/runs/$id" params={{ id: version.runId }} className={styles.link}>
                      <span className={styles.cell}>{version.runId}</span>
                    </Link>
                  ) : (
                    texts.none
                  )}
                </td>
                <td>{format.ago(version.createdAt)}</td>
                <td>
                  <Button size="compact-sm" variant="default" onClick={() => setPromoting(version.version)}>
                    {texts.promote}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {events.length > 0 && (
        <section>
          <Title order={2} size="h3" mb="xs">
            {texts.events}
          </Title>
          <ul className={styles.list}>
            {events.map((event) => (
              <li key={event.id}>
                <Text size="sm">
                  {texts.eventBy(event.action, event.version, event.value)}{" "}
                  <Text span size="xs" c="dimmed">
                    {[event.author, format.ago(event.createdAt)].filter(Boolean).join(" · ")}
                  </Text>
                </Text>
                {event.comment && <Text size="sm">{event.comment}</Text>}
              </li>
            ))}
          </ul>
        </section>
      )}
      {promoting !== undefined && (
        <Promote name={entry.name} version={promoting} onClose={() => setPromoting(undefined)} />
      )}
    </Stack>
  );
}

function Promote({ name, version, onClose }: { name: string; version: number; onClose: () => void }) {
  const { t } = useI18n();
  const { registry: texts } = useTexts(experimentTexts);
  const promote = usePromote(name);
  const [alias, setAlias] = useState("champion");
  const [comment, setComment] = useState("");
  return (
    <Modal
      opened
      onClose={onClose}
      title={texts.promoteTitle(version)}
      closeButtonProps={{ "aria-label": t.common.close }}
      centered
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          promote.mutate(
            { version, alias: alias.trim(), comment: comment.trim() || undefined },
            { onSuccess: onClose },
          );
        }}
      >
        <Stack gap="sm">
          <TextInput
            label={texts.alias}
            description={texts.aliasHelp}
            value={alias}
            onChange={(event) => setAlias(event.currentTarget.value)}
            data-autofocus
            required
          />
          <TextInput
            label={texts.comment}
            value={comment}
            onChange={(event) => setComment(event.currentTarget.value)}
          />
          {promote.isError && <InlineError error={promote.error} />}
          <Group justify="flex-end">
            <Button type="submit" loading={promote.isPending} disabled={alias.trim() === ""}>
              {texts.promote}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
