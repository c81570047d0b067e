/** Words, times and sizes in the visitor's language. */
import { en } from "./en";
import { es, type Key } from "./es";

export type Locale = "es" | "en";
export type { Key };

export const CATALOGUES: Record<Locale, Record<Key, string>> = { es, en };

export interface Words {
  locale: Locale;
  t: (key: Key, args?: Record<string, string | number>) => string;
  clock: (at: number) => string;
  /** The heading of a day: today, yesterday, or its date. */
  day: (at: number, now: number) => string;
  full: (at: number) => string;
  size: (bytes: number) => string;
}

/** The language of the first wish that we speak; Spanish otherwise. */
export function pickLocale(...wishes: (string | undefined)[]): Locale {
  for (const wish of wishes) {
    const found = wish?.toLowerCase().slice(0, 2);
    if (found === "es" || found === "en") return found;
  }
  return "es";
}

const sameDay = (one: Date, other: Date) => one.toDateString() === other.toDateString();

export function wordsFor(locale: Locale): Words {
  const catalogue = CATALOGUES[locale];
  const region = locale === "es" ? "es-EC" : "en";
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(region, options);
  const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const clock = format(time);
  const date = format({ weekday: "long", day: "numeric", month: "long" });
  const dateOfYear = format({ day: "numeric", month: "long", year: "numeric" });
  const full = format({ day: "numeric", month: "short", year: "numeric", ...time });
  const number = new Intl.NumberFormat(region, { maximumFractionDigits: 1 });
  const t: Words["t"] = (key, args) => catalogue[key].replace(/\{(\w+)\}/g, (hole, name: string) => String(args?.[name] ?? hole));
  return {
    locale, t,
    clock: (at) => clock.format(at),
    day: (at, now) => {
      const that = new Date(at);
      const today = new Date(now);
      if (sameDay(that, today)) return t("today");
      if (sameDay(that, new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1))) return t("yesterday");
      const text = that.getFullYear() === today.getFullYear() ? date.format(at) : dateOfYear.format(at);
      return text.charAt(0).toUpperCase() + text.slice(1);
    },
    full: (at) => full.format(at),
    size: (bytes) => (bytes < 1024 ? `${bytes} B` : bytes < 1_048_576 ? `${number.format(bytes / 1024)} KB` : `${number.format(bytes / 1_048_576)} MB`),
  };
}
