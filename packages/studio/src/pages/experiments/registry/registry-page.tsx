import { Badge, Container, Group } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useRegistry } from "../../../api/experiments.ts";
import { EmptyState } from "../../../components/empty-state.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import styles from "../experiments.module.css";
import { ExperimentsHeader } from "../experiments-header.tsx";
import { experimentTexts } from "../texts.ts";

/** Models, prompts and datasets that have a name. */
export function RegistryPage() {
  const { format } = useI18n();
  const { registry: texts } = useTexts(experimentTexts);
  const entries = useRegistry();
  return (
    <Container size="lg" py="xl">
      <ExperimentsHeader />
      {entries.status === "pending" && <ListSkeleton rows={3} height={48} />}
      {entries.status === "error" && <InlineError error={entries.error} onRetry={entries.refetch} />}
      {entries.data?.length === 0 && <EmptyState title={texts.emptyTitle} body={texts.emptyBody} />}
      {entries.data && entries.data.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <section className={styles.scroll} tabIndex={0} aria-label={texts.list}>
          <table className={styles.table}>
            <thead>
              <tr>
                {[texts.name, texts.kind, texts.latest, texts.aliases, texts.updated].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {entries.data.map((entry) => (
                <tr key={entry.name}>
                  <th scope="row">
                    <Link to="/experiments/registry/$name" params={{ name: entry.name }} className={styles.link}>
                      {entry.name}
                    </Link>
                  </th>
                  <td>{texts.kinds[entry.kind]}</td>
                  <td>{entry.latestVersion ?? texts.none}</td>
                  <td>
                    <Group gap={4}>
                      {Object.entries(entry.aliases).map(([alias, version]) => (
                        <Badge key={alias} variant="light" tt="none">
                          {alias} → {version}
                        </Badge>
                      ))}
                    </Group>
                  </td>
                  <td>{format.ago(entry.updatedAt)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Container>
  );
}
