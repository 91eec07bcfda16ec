export { cohenKappa, type KappaWeights, matthewsCorrelation } from "./agreement/cohen-kappa.ts";
export { fleissKappa } from "./agreement/fleiss-kappa.ts";
export { krippendorffAlpha, type MeasurementLevel } from "./agreement/krippendorff-alpha.ts";
export { type AlignOptions, alignBertScore, alignedMetrics, alignPair } from "./alignment/align-pair.ts";
export {
  matchLines,
  matchNgrams,
  matchSkipBigrams,
  matchSubsequence,
} from "./alignment/match-tokens.ts";
export type { AlignedMatch, OrderCounts, PairAlignment } from "./alignment/pair-alignment.ts";
export { bradleyTerry, type PairVote, type Rating, type RatingOptions, rateSystems } from "./arena/bradley-terry.ts";
export { type CalibratedPair, calibrateJudge, type JudgeCalibration } from "./arena/calibrate-judge.ts";
export { type JudgedPair, type JudgePairsOptions, judgePairs, votesOfJudge } from "./arena/judge-pairs.ts";
export { type ArenaPair, arenaPairs, votesByMetric, votesOfTable } from "./arena/pairs.ts";
export { type Assertion, type AssertionKind, assertionKinds, readAssertions } from "./assertions/assertion.ts";
export { checkText, levenshtein, type Verdict } from "./assertions/check-text.ts";
export { type Baseline, readBaseline } from "./bertscore/baseline.ts";
export {
  type BertScoreAlignment,
  type BertScoreOptions,
  type BertScoreResult,
  type BertScoreRow,
  BertScorer,
} from "./bertscore/bert-scorer.ts";
export {
  type GreedyMatching,
  greedyMatching,
  type TokenMatch,
  type TokenVectors,
} from "./bertscore/greedy-matching.ts";
export { type IdfWeights, idfWeights } from "./bertscore/idf.ts";
export {
  bertScoreLayers,
  bertScoreModelFor,
  openTokenEncoder,
  type TokenEncoderOptions,
} from "./bertscore/open-token-encoder.ts";
export type { EncoderTokens, TokenEncoder } from "./bertscore/token-encoder.ts";
export { openUseLiteTokenEncoder } from "./bertscore/use-lite-token-encoder.ts";
export {
  type BenchmarkCategory,
  type BenchmarkRow,
  benchmarkCategories,
  benchmarkTexts,
  readBenchmark,
} from "./bfcl/benchmark.ts";
export { areaUnderCurve, thresholdRefusing } from "./bfcl/decision.ts";
export { type CallRow, rowsAsBenchmark } from "./bfcl/from-rows.ts";
export { localCaller } from "./bfcl/local-caller.ts";
export { modelCaller } from "./bfcl/model-caller.ts";
export {
  type BenchmarkAnswer,
  type Decoding,
  type FunctionCaller,
  runBenchmark,
} from "./bfcl/run-benchmark.ts";
export { type BenchmarkScore, type CategoryScore, scoreBenchmark } from "./bfcl/score-benchmark.ts";
export { ciToMarkdown } from "./ci/ci-report.ts";
export { ciToJunit } from "./ci/junit.ts";
export { type CiResult, type CiSurroundings, type RunCiOptions, runCi } from "./ci/run-ci.ts";
export { type GateOptions, type GateVerdict, judgeRun, type Standing } from "./ci/verdict.ts";
export { type Calibration, type CalibrationBin, calibration } from "./classification/calibration.ts";
export { type ClassificationScore, classification } from "./classification/classification.ts";
export {
  type ReadScoreRowsOptions,
  readParallelLines,
  readScoreRows,
  type ScoreField,
  toScoreRow,
} from "./corpus/read-score-rows.ts";
export { type CorpusMetric, type ScoreOptions, scoreCorpus } from "./corpus/score-corpus.ts";
export { type ScoreFileOptions, type ScoreFileResult, scoreFile } from "./corpus/score-file.ts";
export { askJudge, type JudgeAnswer, type JudgeOptions } from "./judges/ask-judge.ts";
export { checkClaims, type Evidence, extractClaims, type JudgedClaim, supportedClaims } from "./judges/claims.ts";
export {
  type Aspect,
  aspects,
  comparePair,
  type Grade,
  gradeAspect,
  gradeByRubric,
  type Judged,
  type PairVerdict,
} from "./judges/grade.ts";
export {
  type AnswerRelevance,
  answerRelevance,
  type ContextPrecision,
  contextPrecision,
} from "./judges/retrieval-judges.ts";
export type { Metric, MetricContext, MetricNeed, MetricScores, RowFailure, ScoreRow } from "./metrics/metric.ts";
export { checkNeeds, metricFor, metrics } from "./metrics/registry.ts";
export {
  renewEvaluation,
  type StartEvaluationOptions,
  type StartedEvaluation,
  startEvaluation,
} from "./operations/accept-evaluation.ts";
export {
  type EvaluationContext,
  type EvaluationOutcome,
  evaluateOperation,
} from "./operations/evaluate.ts";
export {
  evaluateRecommendationOperation,
  type Measured,
  type RecommendationQuality,
  type RecommendationReport,
} from "./operations/evaluate-recommendation.ts";
export { remakeOutput } from "./operations/remake-output.ts";
export { ScoredText, ScoreInput, scoreOperation, TokenizerChoice } from "./operations/score.ts";
export { startEvaluationOperation } from "./operations/start-evaluation.ts";
export { type ImportedPromptfoo, importPromptfoo, type NotImported } from "./promptfoo/import-promptfoo.ts";
export { answerF1, exactMatch, normaliseAnswer } from "./qa/squad.ts";
export {
  type GeneratedQuestions,
  type GenerateQuestionsOptions,
  generateQuestions,
} from "./questions/generate-questions.ts";
export type {
  QuestionChunk,
  QuestionDocument,
  QuestionLibrary,
  QuestionRow,
} from "./questions/question-library.ts";
export { hitsBox, type Place, readPlaces, samePage } from "./retrieval/place.ts";
export {
  averagePrecision,
  type Gain,
  hitAt,
  type Judgements,
  ndcg,
  precisionAt,
  recallAt,
  reciprocalRank,
} from "./retrieval/ranking-metrics.ts";
export { type Rouge155Options, rouge155 } from "./rouge/rouge-155.ts";
export { rougeL, rougeLsum } from "./rouge/rouge-l.ts";
export { rougeN } from "./rouge/rouge-n.ts";
export { rougeS, type SkipBigramOptions } from "./rouge/rouge-s.ts";
export { type PreparedText, RougeScorer, type RougeType } from "./rouge/rouge-scorer.ts";
export { rougeW, rougeW155 } from "./rouge/rouge-w.ts";
export {
  type ComparableRun,
  compareSystems,
  compareSystemsInTurns,
  type MetricComparison,
  systemOf,
} from "./runs/compare.ts";
export { type Dataset, type DatasetRow, makeDataset, readDataset } from "./runs/dataset.ts";
export { type EvaluationRun, readRun, type SystemResult } from "./runs/evaluation-run.ts";
export { checkGate, type GateFailure, withoutScores } from "./runs/gate.ts";
export { runToHtml } from "./runs/html-report.ts";
export { type Cell, type OutputCell, readCells, type ScoreCell } from "./runs/kept/cell-log.ts";
export { folderKeeper } from "./runs/kept/folder-keeper.ts";
export type { KeptRun, RunKeeper } from "./runs/kept/keeper.ts";
export type { RunRecord, SystemSummary } from "./runs/kept/run-record.ts";
export { storeKeeper } from "./runs/kept/store-keeper.ts";
export { cellWithoutSecrets, resultsWithoutSecrets } from "./runs/kept/without-secrets.ts";
export { meteredModel } from "./runs/metered-model.ts";
export type { OpenedAsk } from "./runs/open-system.ts";
export {
  type CommandSystemOptions,
  commandSystem,
  type HttpSystemOptions,
  httpSystem,
  predictionsSystem,
} from "./runs/outside-systems.ts";
export { comparisonToMarkdown, runToCsv, runToMarkdown } from "./runs/report.ts";
export { type RunEvaluationOptions, type RunPlace, runEvaluation } from "./runs/run-evaluation.ts";
export {
  checkLimits,
  openDataset,
  type RunSpecOptions,
  runEvaluationSpec,
  type SpecSurroundings,
} from "./runs/run-spec.ts";
export { type RunScores, scoresOf } from "./runs/scores/run-scores.ts";
export {
  type AskSettings,
  type EvaluationSpec,
  type LibraryRows,
  parseEvaluationSpec,
  readEvaluationSpec,
  specToYaml,
  type TraceRows,
} from "./runs/spec.ts";
export { adoptFolders } from "./runs/stored/adopt-folders.ts";
export { type EvaluationMark, listMarks, type MarkChange, setMark } from "./runs/stored/marks.ts";
export { boundFields } from "./runs/stored/portable-spec.ts";
export { readScores } from "./runs/stored/read-scores.ts";
export {
  deleteEvaluation,
  getEvaluation,
  listEvaluations,
  readEvaluation,
  type StoredEvaluation,
} from "./runs/stored/stored-evaluations.ts";
export {
  columnSystem,
  functionSystem,
  type PromptSystemOptions,
  promptSystem,
  type System,
  type SystemOutput,
} from "./runs/system.ts";
export { traceRows } from "./runs/trace-rows.ts";
export { passAtK } from "./samples/pass-at-k.ts";
export { type PrfScore, prf } from "./scores/prf.ts";
export { embeddingCosines, type TextEmbedder } from "./similarity/embedding-cosine.ts";
export { type MauveScore, mauve, mauveOfHistograms } from "./similarity/mauve.ts";
export { type BootstrapOptions, bootstrapMean, type Interval } from "./statistics/bootstrap.ts";
export { kendall, meanRanks, pearson, spearman } from "./statistics/correlation.ts";
export { type PairedComparison, pairedBootstrap, permutationTest } from "./statistics/significance.ts";
export { type JsonVerdict, jsonSchemaChecker } from "./structure/json-schema.ts";
export { type SummaryScores, scoreSummary } from "./summary-scores.ts";
export type { Span } from "./text/mapped-text.ts";
export { compression, novelNgrams } from "./text/novelty.ts";
export { type PorterMode, porterStem } from "./text/porter-stemmer.ts";
export {
  characterTokenizer,
  detectTokenizer,
  type LocatingTokenizer,
  rougeScoreTokenizer,
  type Tokenizer,
  type TokenizerName,
  type TokenSpan,
  tokenizerFor,
  wordTokenizer,
} from "./text/tokenizers.ts";
export { type BleuOptions, type BleuScore, corpusBleu, sentenceBleu } from "./translation/bleu.ts";
export { type ChrfOptions, type ChrfStatistics, chrfStatistics, corpusChrf, sentenceChrf } from "./translation/chrf.ts";
export { type MeteorOptions, meteor } from "./translation/meteor.ts";
export { corpusTer, sentenceTer, type TerOptions, type TerScore } from "./translation/ter.ts";
export type { BleuTokenizer } from "./translation/tokenizers.ts";
export { type EditAlignment, editAlignment } from "./translation/translation-edits.ts";
