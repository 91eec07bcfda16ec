import { type CommandGroup, command, text, whole } from "../../command/command.ts";
import { openStoreOf } from "../library/open.ts";

const list = command({
  name: "ls",
  summary: "What rules and runs wanted somebody to know, newest first",
  options: {
    project: text("only of this project", { value: "name" }),
    limit: whole("number of alerts", { min: 1, max: 1000, otherwise: 30 }),
  },
  examples: [["alerts", "the newest thirty"]],
  run: async ({ project, limit, home }, io) => {
    const [{ listAlerts }, { table }, { moment }] = await Promise.all([
      import("@loam/observe"),
      import("../../terminal/table.ts"),
      import("../../terminal/units.ts"),
    ]);
    await using workspace = await openStoreOf(home);
    const alerts = await listAlerts(workspace.store, { project, limit });
    io.result(alerts, () =>
      table(
        alerts.map(({ createdAt, level, project: of, title, text: said }) => [
          moment(createdAt),
          level,
          of,
          title,
          said,
        ]),
      ),
    );
    if (alerts.length === 0) io.note("No alerts.");
  },
});

const rules = command({
  name: "rules",
  summary: "The rules with their state and the number they watch",
  examples: [["alerts rules", "what fires now"]],
  run: async ({ home }, io) => {
    const [{ listAlertRules }, { table }] = await Promise.all([
      import("@loam/observe"),
      import("../../terminal/table.ts"),
    ]);
    await using workspace = await openStoreOf(home);
    const found = (await listAlertRules(workspace.store)).map(({ channels, ...rule }) => ({
      ...rule,
      channels: channels.map((channel) => (channel.type === "webhook" ? channel.url : channel.name)),
    }));
    io.result(found, () =>
      table(
        found.map(({ id, name, project, state, value, condition: { metric, above, below }, enabled }) => [
          id,
          enabled ? (state ?? "not looked at") : "off",
          name,
          project ?? "everywhere",
          `${metric} ${above === undefined ? `< ${below}` : `> ${above}`}`,
          value === null ? "" : String(Number(value.toPrecision(4))),
        ]),
      ),
    );
    if (found.length === 0) io.note("No rules.");
  },
});

export const alertsGroup: CommandGroup = {
  name: "alerts",
  summary: "Alerts and the rules behind them",
  default: "ls",
  commands: [list, rules],
};
