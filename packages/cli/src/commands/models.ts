import { type CommandGroup, command } from "../command.ts";

const list = command({
  name: "ls",
  summary: "Show which model plays which role, and why",
  description:
    "Roles: chat writes answers, vision describes figures, embed makes vectors for search, judge grades. Set one with " +
    "LOAM_CHAT_MODEL, LOAM_VISION_MODEL, LOAM_EMBED_MODEL or LOAM_JUDGE_MODEL, or with `loam config set models.chat …`.",
  examples: [["models", "the four roles"]],
  run: async ({ home }, io) => {
    const [{ loadConfig }, { describeModels }, { table }] = await Promise.all([
      import("@loam/core"),
      import("@loam/providers"),
      import("../table.ts"),
    ]);
    const { config, sources } = await loadConfig({ flags: home ? { home } : {} });
    const roles = await describeModels(config, { sources });
    io.result({ roles }, () => table(roles.map(({ role, model, reason }) => [role, model ?? "-", reason])));
  },
});

export const modelsGroup: CommandGroup = {
  name: "models",
  summary: "Models by role",
  commands: [list],
  default: "ls",
};
