export { alerts } from "./alerts.ts";
export {
  artifactAliases,
  artifactCollections,
  artifactMemberships,
  artifactUses,
  artifactVersions,
} from "./artifacts.ts";
export { annotationItems, annotationQueues, datasets, examples, shares } from "./datasets.ts";
export { feedback } from "./feedback.ts";
export { files } from "./files.ts";
export { projects } from "./projects.ts";
export { loggedModels, registryAliases, registryEntries, registryEvents, registryVersions } from "./registry.ts";
export { reportComments, reports, reportVersions } from "./reports.ts";
export { alertNotices, alertRules, evaluators } from "./rules.ts";
export { runLines } from "./run-lines.ts";
export { sweepAgents, sweeps, sweepTrials } from "./sweeps.ts";
export { type TeamRole, teamInvitations, teamMembers } from "./team.ts";
export { traces, traceWords } from "./traces.ts";
