import { EventEmitter } from "node:events";

/** Workers and requests in one process hear each other at once; between processes the database is asked in turns. */
const bell = new EventEmitter().setMaxListeners(0);

/** Says that there is something new about a kind of work (there is more of it) or a piece of it (it was asked something). */
export function announce(topic: string): void {
  bell.emit(topic);
}

/** Calls back when somebody in this process announces one of the topics. @returns what ends that. */
export function listen(topics: readonly string[], heard: () => void): () => void {
  for (const topic of topics) bell.on(topic, heard);
  return () => {
    for (const topic of topics) bell.off(topic, heard);
  };
}
