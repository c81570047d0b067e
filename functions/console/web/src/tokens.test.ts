import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const source = readFileSync(join(__dirname, "tokens.css"), "utf8");

type Theme = Record<string, string>;

function block(selector: string): Theme {
  const from = source.indexOf(`${selector} {`);
  const body = source.slice(from, source.indexOf("}", from));
  return Object.fromEntries([...body.matchAll(/--([\w-]+):\s*(#[0-9A-Fa-f]{6});/g)].map((found) => [found[1], found[2]]));
}

const light = block(":root");
const dark = { ...light, ...block(':root[data-theme="dark"]') };

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const GROUNDS = ["bg", "surface", "raised"];
const PAIRS: [string, string][] = [
  ...["text", "muted", "accent", "danger", "warn", "ok", "attention"].flatMap((ink) => GROUNDS.map((ground) => [ink, ground] as [string, string])),
  ["text", "selected"], ["muted", "selected"], ["accent", "selected"],
  ["text", "bubble"], ["muted", "bubble"], ["accent", "bubble"], ["danger", "bubble"],
  ["on-note", "note"], ["on-accent", "accent"], ["on-danger", "danger"], ["on-attention", "attention"],
  // Toasts and the names of icons turn the page's colours round.
  ["bg", "text"], ["on-lightbox", "lightbox"],
];

describe.each([["light", light], ["dark", dark]] as const)("%s", (_, theme) => {
  test.each(PAIRS)("%s can be read on %s", (ink, ground) => {
    expect(contrast(theme[ink] as string, theme[ground] as string)).toBeGreaterThanOrEqual(4.8);
  });

  test.each(GROUNDS)("the border of a control stands out from %s", (ground) => {
    expect(contrast(theme["line-strong"] as string, theme[ground] as string)).toBeGreaterThanOrEqual(3);
  });
});

function files(folder: string, ending: RegExp): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((one) =>
    one.isDirectory() ? files(join(folder, one.name), ending) : ending.test(one.name) ? [join(folder, one.name)] : [],
  );
}

const sheets = files(__dirname, /\.css$/).filter((path) => !path.endsWith("tokens.css"));

test.each(sheets)("%s names colours, never writes them", (path) => {
  const css = readFileSync(path, "utf8").replace(/\/\*[\s\S]*?\*\//g, "").replace(/url\([^)]*\)/g, "");
  expect(css.match(/#[0-9A-Fa-f]{3,8}\b|\brgba?\(|\bhsla?\(/g) ?? []).toEqual([]);
});

test("every name that a style sheet uses is given a value", () => {
  const given = new Set([...source.matchAll(/--([\w-]+):/g)].map((found) => found[1]));
  // Names that a component sets on its element.
  files(__dirname, /\.tsx$/).forEach((path) => [...readFileSync(path, "utf8").matchAll(/["']--([\w-]+)["']/g)].forEach((found) => given.add(found[1])));
  sheets.forEach((path) => [...readFileSync(path, "utf8").matchAll(/--([\w-]+):/g)].forEach((found) => given.add(found[1])));
  const missing = sheets.flatMap((path) => [...readFileSync(path, "utf8").matchAll(/var\(--([\w-]+)\)/g)].map((found) => found[1] as string).filter((name) => !given.has(name)));
  expect([...new Set(missing)]).toEqual([]);
});

test("text is made quieter by its colour, never by seeing through it", () => {
  const thin = sheets.flatMap((path) => [...readFileSync(path, "utf8").matchAll(/\n([^\n{]*time[^\n{]*)\{[^}]*opacity:\s*\.\d/g)].map((found) => found[1]));
  expect(thin).toEqual([]);
});
