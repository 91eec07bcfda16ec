import { Button, CopyButton, Group, Text, Title } from "@mantine/core";
import { CopyIcon } from "../../../components/icons.tsx";
import { useI18n } from "../../../i18n/i18n.tsx";
import { ExportRecipe } from "../exports/export-recipe.tsx";
import styles from "../tune.module.css";
import { toYaml } from "./to-yaml.ts";

/** The recipe as a file that the command line takes. */
export function RunRecipe({
  recipe,
  help,
  exports = false,
}: {
  recipe: Record<string, unknown>;
  help?: string;
  /** Whether other engines train it too. */
  exports?: boolean;
}) {
  const { t } = useI18n();
  const text = toYaml(inOrder(recipe));
  return (
    <section className={styles.section}>
      <Group justify="space-between" wrap="nowrap">
        <Title order={2}>{t.tune.run.recipe}</Title>
        <Group gap="xs">
          {exports && <ExportRecipe recipe={recipe} />}
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <Button size="compact-sm" variant="default" leftSection={<CopyIcon />} onClick={copy}>
                {copied ? t.common.copied : t.common.copy}
              </Button>
            )}
          </CopyButton>
        </Group>
      </Group>
      <Text size="sm" c="dimmed">
        {help ?? t.tune.run.recipeHelp}
      </Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className={styles.code} tabIndex={0}>
        {text}
      </pre>
    </section>
  );
}

/** What one looks for first stands first; the database keeps no order. */
const first = ["model", "quantize", "method", "data", "path", "peft_type", "optimizer", "name", "schedule"];

function inOrder(value: Record<string, unknown>): Record<string, unknown> {
  const known = first.filter((key) => key in value);
  const others = Object.keys(value).filter((key) => !first.includes(key));
  return Object.fromEntries(
    [...known, ...others.sort()].map((key) => {
      const item = value[key];
      const isObject = typeof item === "object" && item !== null && !Array.isArray(item);
      return [key, isObject ? inOrder(item as Record<string, unknown>) : item];
    }),
  );
}
