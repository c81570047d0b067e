import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import IntlMessageFormat from "intl-messageformat";
import { describe, expect, test } from "vitest";
import { CATALOGUES, wordsFor } from "./index";
// What comes with its screen is held like the rest.
import "../billing/words";
import "../operator/words";

const { es, en } = CATALOGUES;

test("both languages have the same words", () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(es).sort());
});

/** The names of a message's arguments. */
function holes(text: string): string[] {
  const names = new Set<string>();
  const walk = (parts: unknown): void => {
    for (const part of parts as { type: number; value?: string; options?: Record<string, { value: unknown }> }[]) {
      if (part.type !== 0 && part.type !== 7 && part.value) names.add(part.value);
      Object.values(part.options ?? {}).forEach((option) => walk(option.value));
    }
  };
  walk(new IntlMessageFormat(text, "es").getAst());
  return [...names].sort();
}

test("both languages tell the same things", () => {
  const different = Object.keys(es).filter((key) => holes(es[key] as string).join() !== holes(en[key] ?? "").join());
  expect(different).toEqual([]);
});

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((one) => {
    const path = join(folder, one.name);
    if (one.isDirectory()) return sources(path);
    return /\.tsx?$/.test(one.name) && !/\.test\.|catalogue\./.test(one.name) ? [readFileSync(path, "utf8")] : [];
  });
}

test("every key that a screen names has words", () => {
  const named = sources(join(__dirname, "..")).flatMap((text) => [...text.matchAll(/\bt\(\s*"([\w.]+)"/g)].map((found) => found[1] as string));
  expect(named.length).toBeGreaterThan(100);
  expect([...new Set(named)].filter((key) => es[key] === undefined)).toEqual([]);
});

describe("numbers and times", () => {
  const AT = Date.parse("2026-11-22T19:05:00Z");

  test("are written as in Ecuador, always over 24 hours", () => {
    const words = wordsFor("es", "America/Guayaquil");
    expect(words.clock(AT)).toBe("14:05");
    expect(words.clock(Date.parse("2026-11-22T05:00:00Z"))).toBe("00:00");
    expect(words.number(1234.5)).toBe("1.234,5");
    expect(words.day(AT)).toBe("22 nov 2026");
  });

  test("follow the zone of the workspace, also in English", () => {
    expect(wordsFor("en", "America/Guayaquil").clock(AT)).toBe("14:05");
    expect(wordsFor("en", "UTC").clock(AT)).toBe("19:05");
  });

  test("plurals are whole words", () => {
    expect(wordsFor("es", undefined).t("inbox.fresh", { count: 1 })).toBe("1 nueva");
    expect(wordsFor("es", undefined).t("inbox.fresh", { count: 3 })).toBe("3 nuevas");
  });
});
