import { Button, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useExportRecipe } from "../../../api/exports.ts";
import { InlineError } from "../../../components/inline-error.tsx";
import { useI18n } from "../../../i18n/i18n.tsx";

const engines = ["accelerate", "torchrun", "ray", "axolotl", "llama-factory"] as const;

/** Writes a recipe as a project for another engine; it is then in the list of exports. */
export function ExportRecipe({ recipe }: { recipe: Record<string, unknown> }) {
  const { t } = useI18n();
  const start = useExportRecipe();
  return (
    <>
      <Menu>
        <Menu.Target>
          <Button size="compact-sm" variant="default" loading={start.isPending}>
            {t.tune.exports.project}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {engines.map((to) => (
            <Menu.Item
              key={to}
              onClick={() => {
                const output = `${recipe.output}-${to}`;
                start.mutate(
                  { recipe, to, output },
                  { onSuccess: () => notifications.show({ message: t.tune.exports.started(output) }) },
                );
              }}
            >
              {to}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {start.error && <InlineError error={start.error} />}
    </>
  );
}
