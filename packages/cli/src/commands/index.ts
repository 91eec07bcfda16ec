import type { Command, CommandGroup } from "../command/command.ts";
import { dataGroup } from "./data/data.ts";
import { arenaCommand } from "./evaluate/arena.ts";
import { ciCommand } from "./evaluate/ci.ts";
import { evaluateGroup } from "./evaluate/evaluate.ts";
import { scoreCommand } from "./evaluate/score.ts";
import { askCommand } from "./library/ask.ts";
import { extractCommand } from "./library/extract.ts";
import { ingestCommand } from "./library/ingest.ts";
import { libraryGroup } from "./library/library.ts";
import { searchCommand } from "./library/search.ts";
import { summarizeCommand } from "./library/summarize.ts";
import { bundleCommand } from "./models/bundle.ts";
import { chatCommand } from "./models/chat.ts";
import { embedCommand } from "./models/embed.ts";
import { forwardCommand } from "./models/forward.ts";
import { modelsGroup } from "./models/models.ts";
import { alertsGroup } from "./observe/alerts.ts";
import { importCommand } from "./observe/import.ts";
import { registryGroup } from "./observe/registry.ts";
import { reportGroup } from "./observe/report.ts";
import { runsGroup } from "./observe/runs.ts";
import { sqlCommand } from "./observe/sql.ts";
import { sweepGroup } from "./observe/sweep.ts";
import { traceGroup } from "./observe/trace.ts";
import { catalogueGroup } from "./recommend/catalogue.ts";
import { recommendGroup } from "./recommend/recommend.ts";
import { backupCommand, restoreCommand } from "./server/backup.ts";
import { configGroup } from "./server/config.ts";
import { doctorCommand } from "./server/doctor.ts";
import { keysGroup } from "./server/keys.ts";
import { mcpCommand } from "./server/mcp.ts";
import { openaiGroup } from "./server/openai.ts";
import { serveCommand } from "./server/serve.ts";
import { studioCommand } from "./server/studio.ts";
import { upCommand } from "./server/up/up.ts";
import { workGroup } from "./server/work.ts";
import { workerCommand } from "./server/worker.ts";
import { adaptersGroup } from "./tune/adapters.ts";
import { mergeCommand } from "./tune/merge.ts";
import { tuneGroup } from "./tune/tune.ts";
import { videoGroup } from "./video/video.ts";

/** Every command, in the order of the help. */
export const commands: readonly (Command | CommandGroup)[] = [
  askCommand,
  ingestCommand,
  searchCommand,
  summarizeCommand,
  extractCommand,
  libraryGroup,
  recommendGroup,
  catalogueGroup,
  studioCommand,
  serveCommand,
  upCommand,
  mcpCommand,
  workerCommand,
  workGroup,
  backupCommand,
  restoreCommand,
  keysGroup,
  openaiGroup,
  modelsGroup,
  bundleCommand,
  chatCommand,
  embedCommand,
  forwardCommand,
  tuneGroup,
  dataGroup,
  adaptersGroup,
  mergeCommand,
  videoGroup,
  scoreCommand,
  evaluateGroup,
  arenaCommand,
  ciCommand,
  configGroup,
  traceGroup,
  runsGroup,
  sweepGroup,
  registryGroup,
  reportGroup,
  sqlCommand,
  importCommand,
  alertsGroup,
  doctorCommand,
];

export function isGroup(entry: Command | CommandGroup): entry is CommandGroup {
  return "commands" in entry;
}
