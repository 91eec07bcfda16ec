import { createContext, type ReactNode, use, useEffect, useMemo, useState } from "react";
import { createFormat, type Format } from "../format.ts";
import { en, type Messages } from "./en.ts";
import { zhCn } from "./zh-cn.ts";

export const catalogues = { en, "zh-CN": zhCn } satisfies Record<string, Messages>;
export type Locale = keyof typeof catalogues;

const storageKey = "loam-language";

interface I18n {
  locale: Locale;
  setLocale(locale: Locale): void;
  /** The texts of the chosen language. */
  t: Messages;
  /** Numbers, sizes, times and dates as the language writes them. */
  format: Format;
}

const I18nContext = createContext<I18n | undefined>(undefined);

/** The language: what was chosen here before, else what the browser asks for, else English. */
export function chooseLocale(stored: string | null, asked: readonly string[]): Locale {
  if (stored !== null && stored in catalogues) return stored as Locale;
  const first = asked.find((tag) => /^(en|zh)\b/i.test(tag));
  return first !== undefined && /^zh\b/i.test(first) ? "zh-CN" : "en";
}

export function I18nProvider({ children }: { children: ReactNode }) {
  const [locale, setLocale] = useState(() => chooseLocale(localStorage.getItem(storageKey), navigator.languages));
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  const value = useMemo<I18n>(
    () => ({
      locale,
      t: catalogues[locale],
      format: createFormat(locale),
      setLocale: (next) => {
        localStorage.setItem(storageKey, next);
        setLocale(next);
      },
    }),
    [locale],
  );
  return <I18nContext value={value}>{children}</I18nContext>;
}

export function useI18n(): I18n {
  const value = use(I18nContext);
  if (!value) throw new Error("useI18n needs an I18nProvider above it");
  return value;
}
