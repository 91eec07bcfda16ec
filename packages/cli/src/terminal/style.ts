import { styleText } from "node:util";

export type Style = Parameters<typeof styleText>[0];

/** Text in a style where the stream is a terminal that shows it (NO_COLOR and FORCE_COLOR are heeded), else as it is. */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream, validateStream: true });
}

/** Whether {@link styled} changes anything. */
export const showsStyles = (stream: NodeJS.WriteStream = process.stdout): boolean =>
  styled("bold", "x", stream) !== "x";
