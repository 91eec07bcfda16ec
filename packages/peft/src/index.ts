export { chatSegments, type RenderChat } from "./data/chat-segments.ts";
export {
  type DatasetReport,
  datasetFiles,
  newReport,
  type ReadExamplesOptions,
  readExamples,
  type SkippedRow,
} from "./data/dataset.ts";
export { type EncodedExample, type EncodeOptions, encodeSegments, ignoreIndex } from "./data/encode.ts";
export { type ChatMessage, detectFormat, type Example, type ExampleFormat, toExample } from "./data/example.ts";
export { type Batch, collate, packRows } from "./data/pack.ts";
export {
  type PromptTemplate,
  type PromptTemplateName,
  promptTemplate,
  promptTemplateNames,
  renderExample,
  type Segment,
} from "./data/prompt-template.ts";
