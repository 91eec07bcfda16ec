import type { Command, CommandGroup } from "../command.ts";
import { adaptersGroup } from "./adapters.ts";
import { alertsGroup } from "./alerts.ts";
import { askCommand } from "./ask.ts";
import { catalogueGroup } from "./catalogue.ts";
import { chatCommand } from "./chat.ts";
import { configGroup } from "./config.ts";
import { dataGroup } from "./data.ts";
import { doctorCommand } from "./doctor.ts";
import { embedCommand } from "./embed.ts";
import { evaluateGroup } from "./evaluate.ts";
import { forwardCommand } from "./forward.ts";
import { importCommand } from "./import.ts";
import { ingestCommand } from "./ingest.ts";
import { keysGroup } from "./keys.ts";
import { libraryGroup } from "./library.ts";
import { mergeCommand } from "./merge.ts";
import { modelsGroup } from "./models.ts";
import { recommendCommand } from "./recommend.ts";
import { registryGroup } from "./registry.ts";
import { reportGroup } from "./report.ts";
import { runsGroup } from "./runs.ts";
import { scoreCommand } from "./score.ts";
import { searchCommand } from "./search.ts";
import { serveCommand } from "./serve.ts";
import { sqlCommand } from "./sql.ts";
import { studioCommand } from "./studio.ts";
import { summarizeCommand } from "./summarize.ts";
import { sweepGroup } from "./sweep.ts";
import { traceGroup } from "./trace.ts";
import { tuneGroup } from "./tune.ts";
import { videoGroup } from "./video.ts";
import { workGroup } from "./work.ts";
import { workerCommand } from "./worker.ts";

/** Every command, in the order of the help. */
export const commands: readonly (Command | CommandGroup)[] = [
  askCommand,
  ingestCommand,
  searchCommand,
  summarizeCommand,
  libraryGroup,
  recommendCommand,
  catalogueGroup,
  studioCommand,
  serveCommand,
  workerCommand,
  workGroup,
  keysGroup,
  modelsGroup,
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
