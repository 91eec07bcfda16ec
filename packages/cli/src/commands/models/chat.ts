import { ArgumentError } from "@loam/core";
import { argument, command, decimal, optionalArgument, text, whole } from "../../command/command.ts";

export const chatCommand = command({
  name: "chat",
  summary: "Talk to a model",
  description:
    "With a prompt (or text on the standard input) it answers once; on a terminal without one it opens a conversation: " +
    "`/new` begins anew, `/exit` or Ctrl-D ends, Ctrl-C stops an answer. A hub id that is not on this machine is " +
    "downloaded. Settings left out are the model's own.",
  args: {
    model: argument("hub id, folder, .gguf or llama2.c .bin; or provider:model, such as ollama:qwen3"),
    prompt: optionalArgument("what to say"),
  },
  options: {
    system: text("instructions for the model"),
    temperature: decimal("0 takes the likeliest token, more is more varied", { min: 0, max: 10 }),
    maxTokens: whole("longest answer, in tokens", { min: 1, max: 1_000_000 }),
    seed: whole("the same seed gives the same answer", { min: 0, max: 2 ** 31 - 1 }),
    adapter: text("folder of a PEFT adapter, attached to a local model", { value: "folder" }),
  },
  examples: [
    ["chat Qwen/Qwen2.5-0.5B-Instruct", "a conversation with a local model"],
    ['chat ./my-model "Why is soil brown?" --max-tokens 200', "one answer"],
    ['chat ./base --adapter ./adapter "Hello" --json', "a fine-tuned model, for a program"],
  ],
  run: async ({ model: given, prompt, system, temperature, maxTokens, seed, adapter, home }, io) => {
    const [{ openWorkspace }, { connectLanguageModel, parseModelName }, { Conversation }, { modelNameOf }] =
      await Promise.all([
        import("../../command/workspace.ts"),
        import("@loam/providers"),
        import("./conversation.ts"),
        import("./model-name.ts"),
      ]);
    const name = parseModelName(modelNameOf(given, { adapter }), "chat");
    if (adapter !== undefined && name.provider !== "local")
      throw new ArgumentError("adapter", adapter, "a local model", "adapters attach to models on this machine");
    const isConversation = prompt === undefined && process.stdin.isTTY && process.stdout.isTTY;
    if (isConversation && io.json)
      throw new ArgumentError("json", true, "a prompt", "give the prompt, or leave --json out");
    const question = isConversation ? "" : (prompt ?? (await standardInput()));
    if (!isConversation && question.trim() === "")
      throw new ArgumentError("prompt", question, "something to say", "give it in quotes, or on the standard input");

    await using workspace = await openWorkspace({ home, io });
    const local = await workspace.local();
    const model = await connectLanguageModel(workspace.config, name, { role: "chat", local });
    const conversation = new Conversation(model, { system, temperature, maxOutputTokens: maxTokens, seed });
    if (isConversation) {
      io.note(`${name.provider}:${name.model}. /help shows what else there is.`);
      const { chatLoop } = await import("./chat-loop.ts");
      await chatLoop(conversation, { input: process.stdin, output: process.stdout, signal: io.signal });
      return;
    }
    const turn = await conversation.say(question, { signal: io.signal, onText: io.write });
    io.write("\n");
    io.signal.throwIfAborted();
    const { reasoning, ...rest } = turn;
    io.result({ model: `${name.provider}:${name.model}`, ...rest, ...(reasoning && { reasoning }) }, () => "");
  },
});

async function standardInput(): Promise<string> {
  const { readStandardInput } = await import("../../terminal/standard-input.ts");
  return readStandardInput();
}
