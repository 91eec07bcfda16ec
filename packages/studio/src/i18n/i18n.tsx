import { createContext, type ReactNode, use, useEffect, useMemo, useState } from "react";
import { createFormat, type Format } from "../format.ts";
import type { Messages } from "./en.ts";
import { catalogues, chooseLocale, type Locale } from "./locale.ts";

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
