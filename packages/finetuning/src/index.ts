export {
  type AdapterDetail,
  type AdapterInfo,
  adapterFiles,
  deleteAdapter,
  getAdapter,
  listAdapters,
} from "./adapters.ts";
export { type BaseModelInfo, listBases, tunableBase } from "./bases.ts";
export {
  checkTrainingFile,
  type FileCheck,
  type FixReport,
  fixTrainingFile,
  isObject,
  RowChecker,
  type RowKind,
  type RowProblem,
  rowKinds,
  sayProblem,
} from "./check/index.ts";
export { addClipSet, type ClipSet, deleteClipSet, listClipSets } from "./clip-sets.ts";
export {
  addDataset,
  addSampleDataset,
  type Dataset,
  datasetFormats,
  datasetPath,
  deleteDataset,
  listDatasets,
} from "./datasets.ts";
export { resolveDraft, toDraft } from "./draft.ts";
export { deleteExport, type ExportInfo, exportFiles, listExports } from "./exported.ts";
export { folderName, type TuneFolders, tuneFolders } from "./folders.ts";
export { functionCallingAdapter } from "./function-calling-adapter.ts";
export {
  type FunctionDataset,
  type FunctionRow,
  findContamination,
  firstCallRow,
  makeFunctionDataset,
  refusal,
  requestKey,
  rowsFromSpans,
  splitByFunction,
  userFunction,
} from "./function-rows/index.ts";
export type { ForecastWarning, RunForecast } from "./helper/forecast.ts";
export { Helper } from "./helper/helper.ts";
export type { PreviewRow } from "./helper/preview.ts";
export { exportKinds, startAdapterExport, startMerge, startRecipeExport } from "./home-exports.ts";
export { runKinds } from "./run-kinds.ts";
export { SideBySide, type SideBySideEvent, type SideBySideRequest } from "./side-by-side.ts";
export { makeSmallBase, type SmallBaseOptions, smallBaseSteps } from "./small-base/small-base.ts";
export { tarOf } from "./tar.ts";
export { trainKind } from "./train-kind.ts";
export { answerScorers } from "./training/answer-scorers.ts";
export { forgetTraining, KeptTraining } from "./training/kept-training.ts";
export { trainInChild } from "./training/train-in-child.ts";
export {
  cancelTuneRun,
  deleteTuneRun,
  resumeTuneRun,
  startSmallBase,
  startTuneRun,
  startVideoRun,
} from "./tune-runs.ts";
export { resolveVideoDraft } from "./video-draft.ts";
export { deleteVideoModel, trainedVideoModels, videoTrainingFile } from "./video-models.ts";
