import type { Embedder } from "@loam/models";
import { lazyRecogniser } from "@loam/pdf";
import type { Store } from "@loam/store";
import type { WorkKind } from "@loam/work";
import { Assistants } from "./assistants/assistants.ts";
import { runLegKind } from "./assistants/run-leg.ts";
import { Runs } from "./assistants/runs.ts";
import { Threads } from "./assistants/threads.ts";
import { batchKind } from "./batches/batch-work.ts";
import { Batches } from "./batches/batches.ts";
import type { AnswerRequest } from "./batches/types.ts";
import { Conversations } from "./conversations/conversations.ts";
import { evalKind } from "./evals/eval-work.ts";
import { Evals } from "./evals/evals.ts";
import { Files } from "./files/files.ts";
import { fineTuningKind } from "./fine-tuning/job-work.ts";
import { FineTuningJobs } from "./fine-tuning/jobs.ts";
import { FunctionRegistry } from "./functions/function-registry.ts";
import type { ModelRegistry } from "./generation/model-registry.ts";
import type { GradeContext } from "./graders/grade.ts";
import { ApiKeys } from "./keys/api-keys.ts";
import { Responses } from "./responses/responses.ts";
import { Uploads } from "./uploads/uploads.ts";
import { ingestKind } from "./vector-stores/ingest.ts";
import { VectorStores } from "./vector-stores/vector-stores.ts";
import { videoKind } from "./videos/make-video.ts";
import { type TrainedVideoModels, VideoCatalogue } from "./videos/video-catalogue.ts";
import { Videos } from "./videos/videos.ts";
import { deliveryKind } from "./webhooks/delivery-work.ts";
import type { WebhookReach } from "./webhooks/reach.ts";
import { Webhooks } from "./webhooks/webhooks.ts";

export interface PlatformOptions {
  store: Store;
  /** The models that write and embed for everything here. */
  registry: ModelRegistry;
  /** What vector stores are embedded by. */
  embedder: () => Embedder;
  /** Video models by the names that clients give, besides those that come with Loam. */
  videoModels?: () => Readonly<Record<string, string>>;
  trainedVideoModels?: TrainedVideoModels;
  /** Functions that runs need not wait for, as this process answers them. Closed with the platform. */
  functions?: FunctionRegistry;
  /** How far webhooks may go; `public` when left out. */
  webhookReach?: () => WebhookReach;
}

/** OpenAI's stored objects, and what is done with them. */
export interface Platform {
  readonly registry: ModelRegistry;
  readonly files: Files;
  readonly uploads: Uploads;
  readonly vectorStores: VectorStores;
  readonly assistants: Assistants;
  readonly threads: Threads;
  readonly runs: Runs;
  readonly conversations: Conversations;
  readonly responses: Responses;
  readonly batches: Batches;
  readonly evals: Evals;
  readonly keys: ApiKeys;
  readonly fineTuning: FineTuningJobs;
  /** What graders judge with. */
  readonly grading: GradeContext;
  readonly videos: Videos;
  readonly functions: FunctionRegistry;
  readonly webhooks: Webhooks;
  /** The kinds of long work that any worker can do. */
  readonly kinds: readonly WorkKind[];
  /** Says how requests are answered, which batches need: the server's surface knows. */
  answerWith(answer: AnswerRequest): void;
  /** The kinds that only a process with that surface can do. */
  answeringKinds(): WorkKind[];
  /** Stops what runs beside requests; work that is in hand goes back to its queue. */
  close(): Promise<void>;
}

/** How often it is looked for what has outlived its time. */
const sweepMs = 30_000;

export function openPlatform({
  store,
  registry,
  embedder,
  videoModels,
  trainedVideoModels,
  webhookReach = () => "public",
  functions = new FunctionRegistry(),
}: PlatformOptions): Platform {
  const webhooks = new Webhooks(store, webhookReach);
  const { note } = webhooks;
  const files = new Files(store);
  const uploads = new Uploads(store, files);
  const vectorStores = new VectorStores({ store, files, embedder });
  const assistants = new Assistants(store.db, registry);
  const threads = new Threads({ db: store.db, files, vectorStores });
  const runs = new Runs({ store, registry, assistants, threads });
  const conversations = new Conversations(store.db);
  const responses = new Responses({ store, registry, vectorStores, conversations, note });
  const catalogue = new VideoCatalogue(videoModels, trainedVideoModels);
  const videos = new Videos(store, catalogue, note);
  const recogniser = lazyRecogniser();
  const batches = new Batches(store, files, note);
  const evals = new Evals({ store, files, registry, note });
  const fineTuning = new FineTuningJobs({ store, files, registry, note });
  const keys = new ApiKeys(store.db);
  const grading = { registry, embedder };
  let answer: AnswerRequest | undefined;
  const kinds: WorkKind[] = [
    ingestKind({ store, files, vectorStores, embedder, recogniser }),
    runLegKind({ runs, registry, vectorStores, functions }),
    evalKind(evals, grading),
    fineTuningKind(fineTuning, grading),
    responses.kind,
    videoKind({ videos, catalogue }),
    deliveryKind(webhooks),
  ];
  const sweeper = repeat(sweepMs, async () => {
    for (const part of [uploads, files, vectorStores, runs, batches, videos]) await part.sweep();
  });
  return {
    ...{
      registry,
      files,
      uploads,
      vectorStores,
      assistants,
      threads,
      runs,
      conversations,
      responses,
      batches,
      evals,
      fineTuning,
      keys,
      grading,
      videos,
      functions,
      webhooks,
      kinds,
    },
    answerWith: (given) => {
      answer = given;
    },
    answeringKinds: () => (answer ? [batchKind(batches, () => answer!)] : []),
    close: async () => {
      await sweeper.stop();
      await catalogue.close();
      await functions.close();
      await recogniser.close();
    },
  };
}

/** Runs a task again and again; what fails (the database is away) is tried the next time. */
function repeat(everyMs: number, task: () => Promise<void>): { stop(): Promise<void> } {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= task()
      .catch(() => {})
      .finally(() => {
        running = undefined;
      });
  }, everyMs);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
