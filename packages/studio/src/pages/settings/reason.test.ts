import { expect, test } from "vitest";
import { en } from "../../i18n/en.ts";
import { zhCn } from "../../i18n/zh-cn.ts";
import { toReason } from "./reason.ts";

test.each([
  ["set by LOAM_CHAT_MODEL", "Set by LOAM_CHAT_MODEL", "由 LOAM_CHAT_MODEL 设定"],
  ["OPENAI_API_KEY found", "Found: OPENAI_API_KEY", "已找到 OPENAI_API_KEY"],
  ["Ollama found at 127.0.0.1:11434", "Found: Ollama (127.0.0.1:11434)", "已找到 Ollama (127.0.0.1:11434)"],
  ["built in; set LOAM_EMBED_MODEL for another", "Built in, runs on this machine", "内置，在本机运行"],
  ["the chat model", "The same as for answers", "与回答相同"],
  ["given by the program", "given by the program", "given by the program"],
])("%s", (reason, english, chinese) => {
  expect(toReason(reason, en)).toBe(english);
  expect(toReason(reason, zhCn)).toBe(chinese);
});
