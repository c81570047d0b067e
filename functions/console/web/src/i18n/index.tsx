/** Words in the reader's language. Catalogues are flat objects of ICU messages; English must have the keys of Spanish. */
import IntlMessageFormat from "intl-messageformat";
import { createContext, useContext, useMemo, type ReactNode } from "react";
import { en as conversationEn } from "../thread/catalogue.en";
import { es as conversationEs } from "../thread/catalogue.es";
import { en as contactsEn } from "../contacts/catalogue.en";
import { es as contactsEs } from "../contacts/catalogue.es";
import { en as dictionaryEn } from "../dictionary/catalogue.en";
import { es as dictionaryEs } from "../dictionary/catalogue.es";
import { en as importsEn } from "../imports/catalogue.en";
import { es as importsEs } from "../imports/catalogue.es";
import { en as mergeEn } from "../merge/catalogue.en";
import { es as mergeEs } from "../merge/catalogue.es";
import { en as peopleEn } from "../people/catalogue.en";
import { es as peopleEs } from "../people/catalogue.es";
import { en as exportsEn } from "../exports/catalogue.en";
import { es as exportsEs } from "../exports/catalogue.es";
import { en as trashEn } from "../trash/catalogue.en";
import { es as trashEs } from "../trash/catalogue.es";
import { en as webchatEn } from "../settings/webchat/catalogue.en";
import { es as webchatEs } from "../settings/webchat/catalogue.es";
import { en as snippetsEn } from "../settings/snippets/catalogue.en";
import { es as snippetsEs } from "../settings/snippets/catalogue.es";
import { en } from "./en";
import { es } from "./es";

export type Locale = "es" | "en";
export type Args = Record<string, string | number | Date>;

export const CATALOGUES: Record<Locale, Record<string, string>> = {
  es: { ...es, ...conversationEs, ...webchatEs, ...mergeEs, ...snippetsEs, ...trashEs, ...peopleEs, ...contactsEs, ...dictionaryEs, ...importsEs, ...exportsEs },
  en: { ...en, ...conversationEn, ...webchatEn, ...mergeEn, ...snippetsEn, ...trashEn, ...peopleEn, ...contactsEn, ...dictionaryEn, ...importsEn, ...exportsEn },
};

/** Adds the words of a screen that is loaded when it is first shown. */
export function addWords(words: Record<Locale, Record<string, string>>): void {
  for (const locale of ["es", "en"] as const) Object.assign(CATALOGUES[locale], words[locale]);
}

export interface Words {
  locale: Locale;
  /** The locale of numbers and dates. */
  region: string;
  t: (key: string, args?: Args) => string;
  clock: (at: number) => string;
  day: (at: number) => string;
  number: (value: number) => string;
  /** `14:05` today, `ayer`, a weekday within a week, else a short date. */
  listTime: (at: number) => string;
}

export function wordsFor(locale: Locale, zone: string | undefined): Words {
  const region = locale === "es" ? "es-EC" : "en";
  const formats = new Map<string, IntlMessageFormat>();
  const catalogue = CATALOGUES[locale];
  const options = zone ? { timeZone: zone } : {};
  const clock = new Intl.DateTimeFormat(region, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...options });
  const day = new Intl.DateTimeFormat(region, { day: "numeric", month: "short", year: "numeric", ...options });
  const short = new Intl.DateTimeFormat(region, { day: "numeric", month: "short", ...options });
  const weekday = new Intl.DateTimeFormat(region, { weekday: "short", ...options });
  const key = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", ...options });
  const number = new Intl.NumberFormat(region);
  const t = (name: string, args?: Args) => {
    const text = catalogue[name];
    if (text === undefined) return name;
    let format = formats.get(name);
    if (!format) formats.set(name, (format = new IntlMessageFormat(text, region)));
    return String(format.format(args));
  };
  return {
    locale, region, t,
    clock: (at) => clock.format(at),
    day: (at) => day.format(at),
    number: (value) => number.format(value),
    listTime: (at) => {
      const now = Date.now();
      const today = key.format(now);
      if (key.format(at) === today) return clock.format(at);
      if (key.format(at) === key.format(now - 86_400_000)) return t("time.yesterday");
      if (now - at < 6 * 86_400_000 && at <= now) return weekday.format(at);
      return short.format(at);
    },
  };
}

const WordsContext = createContext<Words | undefined>(undefined);

export function WordsProvider({ locale, zone, children }: { locale: Locale; zone?: string | undefined; children: ReactNode }) {
  const words = useMemo(() => wordsFor(locale, zone), [locale, zone]);
  return <WordsContext value={words}>{children}</WordsContext>;
}

export function useWords(): Words {
  const words = useContext(WordsContext);
  if (!words) throw new Error("words outside of their provider");
  return words;
}
