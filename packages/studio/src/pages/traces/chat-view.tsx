import type { TraceJson } from "@loam/server";
import { Text } from "@mantine/core";
import { useTexts } from "../../i18n/i18n.tsx";
import { conversationOf } from "./dataset.ts";
import { traceTexts } from "./texts.ts";
import styles from "./traces.module.css";

/** A trace as the conversation of its last model call, which holds all that was said before. */
export function ChatView({ trace }: { trace: TraceJson }) {
  const texts = useTexts(traceTexts);
  const messages = trace.tree.map(conversationOf).findLast((found) => found !== undefined);
  if (!messages) return <Text c="dimmed">{texts.noChat}</Text>;
  return (
    <ol className={styles.chat} aria-label={texts.chat}>
      {messages.map((message, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a recorded conversation stays as it is
        <li key={index} data-role={message.role}>
          <Text size="xs" c="dimmed">
            {texts.said[message.role]}
          </Text>
          <div className={styles.chatText}>{message.content}</div>
          {"tool_calls" in message &&
            message.tool_calls?.map(({ id, function: { name, arguments: given } }) => (
              <code key={id}>
                {name}({given})
              </code>
            ))}
        </li>
      ))}
    </ol>
  );
}
