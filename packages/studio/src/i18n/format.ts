export interface Format {
  integer(value: number): string;
  /** 0.123 → "12 %", 0.0123 → "1.2 %", as the language writes it */
  percent(share: number): string;
  /** 1536 → "1.5 kB" */
  bytes(value: number): string;
  /** 0.4 → "<1 ms", 840 → "840 ms", 1250 → "1.25 s", 90000 → "1 min 30 s" */
  duration(ms: number): string;
  /** US dollars; small amounts keep two significant digits. */
  cost(usd: number): string;
  dateTime(iso: string): string;
  /** "3 minutes ago" */
  ago(iso: string): string;
}

const byteUnits = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
const agoUnits: [Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** How a language writes numbers, sizes, times and dates. */
export function createFormat(locale: string, now: () => number = Date.now): Format {
  const integer = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const unit = (value: number, name: string, digits: number) =>
    new Intl.NumberFormat(locale, {
      style: "unit",
      unit: name,
      unitDisplay: "short",
      maximumFractionDigits: digits,
    }).format(value);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  return {
    integer: (value) => integer.format(value),
    percent: (share) =>
      new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: share < 0.1 ? 1 : 0 }).format(share),
    bytes: (value) => {
      let step = 0;
      let scaled = value;
      while (scaled >= 1000 && step < byteUnits.length - 1) {
        scaled /= 1000;
        step++;
      }
      return unit(scaled, byteUnits[step]!, scaled < 10 && step > 0 ? 1 : 0);
    },
    duration: (ms) => {
      if (ms < 1) return `<${unit(1, "millisecond", 0)}`;
      if (ms < 1000) return unit(ms, "millisecond", 0);
      if (ms < 60_000) return unit(ms / 1000, "second", ms < 10_000 ? 2 : 1);
      const seconds = Math.round(ms / 1000);
      return `${unit(Math.floor(seconds / 60), "minute", 0)} ${unit(seconds % 60, "second", 0)}`;
    },
    cost: (usd) =>
      new Intl.NumberFormat(locale, {
        style: "currency",
        currency: "USD",
        currencyDisplay: "narrowSymbol",
        ...(usd === 0 || usd >= 0.01 ? { maximumFractionDigits: 2 } : { maximumSignificantDigits: 2 }),
      }).format(usd),
    dateTime: (iso) => dateTime.format(new Date(iso)),
    ago: (iso) => {
      const seconds = (new Date(iso).getTime() - now()) / 1000;
      if (Math.abs(seconds) > 30 * 86_400) return dateTime.format(new Date(iso));
      for (const [name, size] of agoUnits)
        if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), name);
      return relative.format(0, "second");
    },
  };
}
