import type { Messages } from "../../i18n/en.ts";

/** Why a model plays a role, in the reader's language; what is not known keeps the server's words. */
export function toReason(reason: string, t: Messages): string {
  const texts = t.settings.reasons;
  const set = /^set by (.+)$/.exec(reason);
  if (set) return texts.setBy(set[1]!);
  const found = /^(.+?) found(?: at (.+))?$/.exec(reason);
  if (found) return texts.found(found[2] ? `${found[1]} (${found[2]})` : found[1]!);
  if (reason.startsWith("built in")) return texts.builtIn;
  if (reason === "the chat model") return texts.chatModel;
  return reason;
}
