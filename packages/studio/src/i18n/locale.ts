import type { Messages } from "./en.ts";

/** The languages, each by its own name. */
export const languages = { en: "English", "zh-CN": "简体中文" };
export type Locale = keyof typeof languages;

/** The shared texts of a language; only the one that is read is fetched. */
export async function loadMessages(locale: Locale): Promise<Messages> {
  return locale === "en" ? (await import("./en.ts")).en : (await import("./zh-cn.ts")).zhCn;
}

/** The language: what was chosen here before, else what the browser asks for, else English. */
export function chooseLocale(stored: string | null, asked: readonly string[]): Locale {
  if (stored !== null && stored in languages) return stored as Locale;
  const first = asked.find((tag) => /^(en|zh)\b/i.test(tag));
  return first !== undefined && /^zh\b/i.test(first) ? "zh-CN" : "en";
}
