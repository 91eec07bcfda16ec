import { createContext, type ReactNode, use, useEffect, useMemo, useState } from "react";
import type { Messages } from "./en.ts";
import { createFormat, type Format } from "./format.ts";
import { chooseLocale, type Locale, loadMessages } from "./locale.ts";

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

/** A language with its texts. */
interface Language {
  locale: Locale;
  messages: Messages;
}

/** The language that the page begins with. */
export async function loadLanguage(): Promise<Language> {
  const locale = chooseLocale(localStorage.getItem(storageKey), navigator.languages);
  return { locale, messages: await loadMessages(locale) };
}

export function I18nProvider({ initial, children }: { initial: Language; children: ReactNode }) {
  const [{ locale, messages }, setLanguage] = useState(initial);
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  const value = useMemo<I18n>(
    () => ({
      locale,
      t: messages,
      format: createFormat(locale),
      setLocale: (next) => {
        localStorage.setItem(storageKey, next);
        void loadMessages(next).then((texts) => setLanguage({ locale: next, messages: texts }));
      },
    }),
    [locale, messages],
  );
  return <I18nContext value={value}>{children}</I18nContext>;
}

/** @throws {Error} outside of an I18nProvider. */
export function useI18n(): I18n {
  const value = use(I18nContext);
  if (!value) throw new Error("useI18n needs an I18nProvider above it");
  return value;
}

/** The texts of one area, which come with its pages: they are no part of what the first page needs. */
export function useTexts<Texts>(texts: Record<Locale, Texts>): Texts {
  return texts[useI18n().locale];
}
