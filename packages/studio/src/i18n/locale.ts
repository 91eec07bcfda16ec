import { en, type Messages } from "./en.ts";
import { zhCn } from "./zh-cn.ts";

export const catalogues = { en, "zh-CN": zhCn } satisfies Record<string, Messages>;
export type Locale = keyof typeof catalogues;

/** The language: what was chosen here before, else what the browser asks for, else English. */
export function chooseLocale(stored: string | null, asked: readonly string[]): Locale {
  if (stored !== null && stored in catalogues) return stored as Locale;
  const first = asked.find((tag) => /^(en|zh)\b/i.test(tag));
  return first !== undefined && /^zh\b/i.test(first) ? "zh-CN" : "en";
}
