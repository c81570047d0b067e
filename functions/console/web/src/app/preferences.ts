/** What this browser remembers. Private mode may refuse: then it is forgotten. */
import { create } from "zustand";
import type { Locale } from "../i18n";

export type Theme = "light" | "dark" | "system";

export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(`colibri.${key}`);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`colibri.${key}`);
    else localStorage.setItem(`colibri.${key}`, value);
  } catch {
    // Nothing to do: the choice lasts as long as the page.
  }
}

/** A remembered number within bounds. */
export function rememberedNumber(key: string, fallback: number, min: number, max: number): number {
  const value = Number(remembered(key) ?? Number.NaN);
  return Number.isFinite(value) ? Math.min(max, Math.max(min, value)) : fallback;
}

function dark(theme: Theme): boolean {
  return theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
}

function applyTheme(theme: Theme): void {
  document.documentElement.dataset["theme"] = dark(theme) ? "dark" : "light";
}

function startTheme(): Theme {
  const held = remembered("theme");
  return held === "light" || held === "dark" ? held : "system";
}

interface Preferences {
  theme: Theme;
  locale: Locale;
  /** True while the person has not chosen a language in this browser. */
  localeOpen: boolean;
  wideRail: boolean;
  setTheme: (theme: Theme) => void;
  setLocale: (locale: Locale) => void;
  setWideRail: (wide: boolean) => void;
}

export const usePreferences = create<Preferences>((set) => ({
  theme: startTheme(),
  locale: remembered("locale") === "en" ? "en" : "es",
  localeOpen: remembered("locale") === null,
  // Where nothing was chosen, names stand beside the icons only if the inbox keeps its four columns.
  wideRail: remembered("rail") === "wide" || (remembered("rail") === null && innerWidth >= 1580),
  setTheme: (theme) => {
    remember("theme", theme === "system" ? null : theme);
    applyTheme(theme);
    set({ theme });
  },
  setLocale: (locale) => {
    remember("locale", locale);
    document.documentElement.lang = locale;
    set({ locale, localeOpen: false });
  },
  setWideRail: (wideRail) => {
    remember("rail", wideRail ? "wide" : "narrow");
    set({ wideRail });
  },
}));

export function isDark(): boolean {
  return document.documentElement.dataset["theme"] === "dark";
}

/** Follows the system while no theme was chosen. */
export function followSystemTheme(): () => void {
  const query = matchMedia("(prefers-color-scheme: dark)");
  const change = () => applyTheme(usePreferences.getState().theme);
  query.addEventListener("change", change);
  return () => query.removeEventListener("change", change);
}
