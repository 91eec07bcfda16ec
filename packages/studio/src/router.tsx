import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  stringifySearchWith,
} from "@tanstack/react-router";
import { readAskSearch } from "./pages/ask/ask-search.ts";
import { readModelChatSearch } from "./pages/chat/chat-search.ts";
import { readDocumentSearch } from "./pages/document/document-search.ts";
import { readEvaluationSearch, readPlaygroundSearch, readRowSearch } from "./pages/evaluations/evaluations-search.ts";
import { readCurveSearch, readRunsSearch } from "./pages/experiments/experiments-search.ts";
import { readExtractionsSearch } from "./pages/extractions/extractions-search.ts";
import { CrashPage, NotFoundPage } from "./pages/fallbacks.tsx";
import { readFunctionsSearch } from "./pages/functions/functions-search.ts";
import { readLibrarySearch } from "./pages/library/library-search.ts";
import { readRecommendSearch } from "./pages/recommend/recommend-search.ts";
import { readSearchSearch } from "./pages/search/search-search.ts";
import { readSummariesSearch } from "./pages/summaries/summaries-search.ts";
import { readTraceSearch, readTracesSearch } from "./pages/traces/traces-search.ts";
import { readChatSearch, readCompareSearch, readNewRunSearch } from "./pages/tune/tune-search.ts";
import { readAttentionSearch, readGridSearch, readVideoSearch } from "./pages/video/video-search.ts";
import { Shell } from "./shell/shell.tsx";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage, errorComponent: CrashPage });

// Each page is a file of its own, fetched when it is first opened.
const ask = createRoute({
  getParentRoute: () => root,
  path: "/",
  validateSearch: readAskSearch,
  component: lazyRouteComponent(() => import("./pages/ask/ask-page.tsx"), "AskPage"),
});
const library = createRoute({
  getParentRoute: () => root,
  path: "/library",
  validateSearch: readLibrarySearch,
  component: lazyRouteComponent(() => import("./pages/library/library-page.tsx"), "LibraryPage"),
});
const document = createRoute({
  getParentRoute: () => root,
  path: "/documents/$id",
  validateSearch: readDocumentSearch,
  component: lazyRouteComponent(() => import("./pages/document/document-page.tsx"), "DocumentPage"),
});
const search = createRoute({
  getParentRoute: () => root,
  path: "/search",
  validateSearch: readSearchSearch,
  component: lazyRouteComponent(() => import("./pages/search/search-page.tsx"), "SearchPage"),
});
const recommend = createRoute({
  getParentRoute: () => root,
  path: "/recommend",
  validateSearch: readRecommendSearch,
  component: lazyRouteComponent(() => import("./pages/recommend/recommend-page.tsx"), "RecommendPage"),
});
const summaries = createRoute({
  getParentRoute: () => root,
  path: "/summaries",
  validateSearch: readSummariesSearch,
  component: lazyRouteComponent(() => import("./pages/summaries/summaries-page.tsx"), "SummariesPage"),
});
const extractions = createRoute({
  getParentRoute: () => root,
  path: "/extractions",
  validateSearch: readExtractionsSearch,
  component: lazyRouteComponent(() => import("./pages/extractions/extractions-page.tsx"), "ExtractionsPage"),
});
const traces = createRoute({
  getParentRoute: () => root,
  path: "/traces",
  validateSearch: readTracesSearch,
  component: lazyRouteComponent(() => import("./pages/traces/traces-page.tsx"), "TracesPage"),
});
const trace = createRoute({
  getParentRoute: () => root,
  path: "/traces/$id",
  validateSearch: readTraceSearch,
  component: lazyRouteComponent(() => import("./pages/traces/trace-page.tsx"), "TracePage"),
});
const evaluations = createRoute({
  getParentRoute: () => root,
  path: "/evaluations",
  component: lazyRouteComponent(() => import("./pages/evaluations/evaluations-page.tsx"), "EvaluationsPage"),
});
const newEvaluation = createRoute({
  getParentRoute: () => root,
  path: "/evaluations/new",
  component: lazyRouteComponent(() => import("./pages/evaluations/new/new-evaluation-page.tsx"), "NewEvaluationPage"),
});
const playground = createRoute({
  getParentRoute: () => root,
  path: "/evaluations/playground",
  validateSearch: readPlaygroundSearch,
  component: lazyRouteComponent(() => import("./pages/evaluations/playground-page.tsx"), "PlaygroundPage"),
});
const evaluation = createRoute({
  getParentRoute: () => root,
  path: "/evaluations/$id",
  validateSearch: readEvaluationSearch,
  component: lazyRouteComponent(() => import("./pages/evaluations/run/evaluation-page.tsx"), "EvaluationPage"),
});
const evaluationRow = createRoute({
  getParentRoute: () => root,
  path: "/evaluations/$id/rows/$row",
  validateSearch: readRowSearch,
  component: lazyRouteComponent(() => import("./pages/evaluations/run/row-page.tsx"), "RowPage"),
});
const tune = createRoute({
  getParentRoute: () => root,
  path: "/tune",
  component: lazyRouteComponent(() => import("./pages/tune/runs-page.tsx"), "RunsPage"),
});
const newTune = createRoute({
  getParentRoute: () => root,
  path: "/tune/new",
  validateSearch: readNewRunSearch,
  component: lazyRouteComponent(() => import("./pages/tune/new/new-run-page.tsx"), "NewRunPage"),
});
const tuneRun = createRoute({
  getParentRoute: () => root,
  path: "/tune/runs/$id",
  component: lazyRouteComponent(() => import("./pages/tune/run/run-page.tsx"), "RunPage"),
});
const adapters = createRoute({
  getParentRoute: () => root,
  path: "/tune/adapters",
  component: lazyRouteComponent(() => import("./pages/tune/adapters-page.tsx"), "AdaptersPage"),
});
const sideBySide = createRoute({
  getParentRoute: () => root,
  path: "/tune/chat",
  validateSearch: readChatSearch,
  component: lazyRouteComponent(() => import("./pages/tune/chat/chat-page.tsx"), "ChatPage"),
});
const compare = createRoute({
  getParentRoute: () => root,
  path: "/tune/compare",
  validateSearch: readCompareSearch,
  component: lazyRouteComponent(() => import("./pages/tune/compare-page.tsx"), "ComparePage"),
});
const modelChat = createRoute({
  getParentRoute: () => root,
  path: "/chat",
  validateSearch: readModelChatSearch,
  component: lazyRouteComponent(() => import("./pages/chat/chat-page.tsx"), "ModelChatPage"),
});
const models = createRoute({
  getParentRoute: () => root,
  path: "/chat/models",
  component: lazyRouteComponent(() => import("./pages/chat/models-page.tsx"), "ModelsPage"),
});
const keys = createRoute({
  getParentRoute: () => root,
  path: "/chat/keys",
  component: lazyRouteComponent(() => import("./pages/chat/keys-page.tsx"), "KeysPage"),
});
const experiments = createRoute({
  getParentRoute: () => root,
  path: "/experiments",
  validateSearch: readRunsSearch,
  component: lazyRouteComponent(() => import("./pages/experiments/table/runs-page.tsx"), "RunsPage"),
});
const experimentRun = createRoute({
  getParentRoute: () => root,
  path: "/experiments/runs/$id",
  validateSearch: readCurveSearch,
  component: lazyRouteComponent(() => import("./pages/experiments/run/run-page.tsx"), "ExperimentRunPage"),
});
const compareRuns = createRoute({
  getParentRoute: () => root,
  path: "/experiments/compare",
  validateSearch: readCurveSearch,
  component: lazyRouteComponent(() => import("./pages/experiments/charts/compare-page.tsx"), "CompareRunsPage"),
});
const sweeps = createRoute({
  getParentRoute: () => root,
  path: "/experiments/sweeps",
  component: lazyRouteComponent(() => import("./pages/experiments/sweeps/sweeps-page.tsx"), "SweepsPage"),
});
const sweep = createRoute({
  getParentRoute: () => root,
  path: "/experiments/sweeps/$id",
  component: lazyRouteComponent(() => import("./pages/experiments/sweeps/sweep-page.tsx"), "SweepPage"),
});
const registry = createRoute({
  getParentRoute: () => root,
  path: "/experiments/registry",
  component: lazyRouteComponent(() => import("./pages/experiments/registry/registry-page.tsx"), "RegistryPage"),
});
const registryEntry = createRoute({
  getParentRoute: () => root,
  path: "/experiments/registry/$name",
  component: lazyRouteComponent(() => import("./pages/experiments/registry/entry-page.tsx"), "EntryPage"),
});
const reports = createRoute({
  getParentRoute: () => root,
  path: "/experiments/reports",
  component: lazyRouteComponent(() => import("./pages/experiments/reports/reports-page.tsx"), "ReportsPage"),
});
const report = createRoute({
  getParentRoute: () => root,
  path: "/experiments/reports/$id",
  component: lazyRouteComponent(() => import("./pages/experiments/reports/report-page.tsx"), "ReportPage"),
});
const assistants = createRoute({
  getParentRoute: () => root,
  path: "/functions",
  validateSearch: readFunctionsSearch,
  component: lazyRouteComponent(() => import("./pages/functions/assistants-page.tsx"), "AssistantsPage"),
});
const files = createRoute({
  getParentRoute: () => root,
  path: "/functions/files",
  component: lazyRouteComponent(() => import("./pages/functions/files-page.tsx"), "FilesPage"),
});
const jobs = createRoute({
  getParentRoute: () => root,
  path: "/functions/jobs",
  component: lazyRouteComponent(() => import("./pages/functions/jobs-page.tsx"), "JobsPage"),
});
const video = createRoute({
  getParentRoute: () => root,
  path: "/video",
  validateSearch: readVideoSearch,
  component: lazyRouteComponent(() => import("./pages/video/video-page.tsx"), "VideoPage"),
});
const videoGrid = createRoute({
  getParentRoute: () => root,
  path: "/video/grid",
  validateSearch: readGridSearch,
  component: lazyRouteComponent(() => import("./pages/video/grid-page.tsx"), "GridPage"),
});
const videoAttention = createRoute({
  getParentRoute: () => root,
  path: "/video/attention",
  validateSearch: readAttentionSearch,
  component: lazyRouteComponent(() => import("./pages/video/attention-page.tsx"), "AttentionPage"),
});
const videoTrainings = createRoute({
  getParentRoute: () => root,
  path: "/video/train",
  component: lazyRouteComponent(() => import("./pages/video/train/trainings-page.tsx"), "TrainingsPage"),
});
const newVideoTraining = createRoute({
  getParentRoute: () => root,
  path: "/video/train/new",
  component: lazyRouteComponent(() => import("./pages/video/train/new-training-page.tsx"), "NewTrainingPage"),
});
const videoTraining = createRoute({
  getParentRoute: () => root,
  path: "/video/train/$id",
  component: lazyRouteComponent(() => import("./pages/video/train/training-page.tsx"), "TrainingPage"),
});
const videoIdeas = createRoute({
  getParentRoute: () => root,
  path: "/video/ideas",
  component: lazyRouteComponent(() => import("./pages/video/ideas-page.tsx"), "IdeasPage"),
});
const clip = createRoute({
  getParentRoute: () => root,
  path: "/video/$id",
  component: lazyRouteComponent(() => import("./pages/video/clip-page.tsx"), "ClipPage"),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("./pages/settings/settings-page.tsx"), "SettingsPage"),
});
const queues = createRoute({
  getParentRoute: () => root,
  path: "/traces/queues",
  component: lazyRouteComponent(() => import("./pages/traces/queues/queues-page.tsx"), "QueuesPage"),
});
const queue = createRoute({
  getParentRoute: () => root,
  path: "/traces/queues/$id",
  component: lazyRouteComponent(() => import("./pages/traces/queues/queue-page.tsx"), "QueuePage"),
});
const team = createRoute({
  getParentRoute: () => root,
  path: "/settings/team",
  component: lazyRouteComponent(() => import("./pages/settings/team/team-page.tsx"), "TeamPage"),
});
const join = createRoute({
  getParentRoute: () => root,
  path: "/join",
  validateSearch: ({ code }: Record<string, unknown>) => ({ code: typeof code === "string" ? code : "" }),
  component: lazyRouteComponent(() => import("./pages/settings/team/join-page.tsx"), "JoinPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    ask,
    library,
    document,
    search,
    recommend,
    summaries,
    extractions,
    tune,
    newTune,
    tuneRun,
    adapters,
    sideBySide,
    compare,
    evaluations,
    newEvaluation,
    playground,
    evaluation,
    evaluationRow,
    experiments,
    experimentRun,
    compareRuns,
    sweeps,
    sweep,
    registry,
    registryEntry,
    reports,
    report,
    modelChat,
    models,
    keys,
    assistants,
    files,
    jobs,
    video,
    videoGrid,
    videoAttention,
    videoTrainings,
    newVideoTraining,
    videoTraining,
    videoIdeas,
    clip,
    traces,
    trace,
    queues,
    queue,
    settings,
    team,
    join,
  ]),
  defaultPreload: "intent",
  scrollRestoration: true,
  // Values in a link are plain text (`?q=42` is the text "42"), so that links stay readable.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: stringifySearchWith(String),
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
