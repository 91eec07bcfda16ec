const en = {
  filters: { kind: "Kind", model: "Model", project: "Project", tag: "Tag" },
  any: "Any kind",
  kinds: {
    llm: "model call",
    tool: "tool",
    retriever: "retrieval",
    chain: "step",
    embedding: "embedding",
    agent: "agent",
  } as Record<string, string>,
  chat: "Chat",
  noChat: "No step of this trace holds messages.",
  replay: "Replay",
  replayHelp: "Opens this call in the chat, with its messages, functions and settings.",
  choose: (name: string) => `Choose ${name}`,
  chosen: (n: number) => (n === 1 ? "1 trace" : `${n} traces`),
  dataset: "Save as a dataset",
  datasetHelp:
    "JSONL, a conversation a line, as fine-tuning and evaluation take it. What stands there twice is kept once.",
  datasetEmpty: "The chosen traces hold no conversations.",
  said: { user: "asked", assistant: "answered", system: "system", tool: "tool" },
};

const zhCn: typeof en = {
  filters: { kind: "类型", model: "模型", project: "项目", tag: "标签" },
  any: "任意类型",
  kinds: {
    llm: "模型调用",
    tool: "工具",
    retriever: "检索",
    chain: "步骤",
    embedding: "嵌入",
    agent: "智能体",
  },
  chat: "对话",
  noChat: "这条追踪中没有包含消息的步骤。",
  replay: "重放",
  replayHelp: "在对话页中打开这次调用，带上它的消息、函数和设置。",
  choose: (name) => `选择 ${name}`,
  chosen: (n) => `${n} 条追踪`,
  dataset: "存为数据集",
  datasetHelp: "JSONL，每行一段对话，可直接用于微调和评测。重复的只保留一份。",
  datasetEmpty: "所选追踪中没有对话。",
  said: { user: "提问", assistant: "回答", system: "系统", tool: "工具" },
};

export const traceTexts = { en, "zh-CN": zhCn };
