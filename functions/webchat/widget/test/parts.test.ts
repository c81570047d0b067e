import { describe, expect, test, vi } from "vitest";
import { backoff } from "../src/api";
import { newId } from "../src/id";
import { readConfig } from "../src/protocol";
import { storageFor } from "../src/storage";
import { Thread } from "../src/thread";
import { refusal } from "../src/upload";
import { contrast, inkOn, standOut, SURFACES } from "../src/view/colour";
import { initials } from "../src/view/faces";
import { fault } from "../src/view/forms";
import { linked, safeUrl } from "../src/view/link";
import { CATALOGUES, pickLocale, wordsFor } from "../src/words";
import type { Message } from "../src/protocol";

/** The same colours each time, from all over the space. */
const COLOURS = Array.from({ length: 500 }, (_, n) => `#${((n * 2_654_435_761) % 0x1000000).toString(16).padStart(6, "0")}`);

test.each(Object.entries(SURFACES))("any colour can be read and stands out on the %s surface", (_, surface) => {
  const poor = COLOURS.filter((colour) => {
    const accent = standOut(colour, surface, 1.3);
    return contrast(accent, surface) < 1.3 || contrast(inkOn(accent), accent) < 4.5 || contrast(standOut(colour, surface, 4.5), surface) < 4.5;
  });
  expect(poor).toEqual([]);
});

test("a colour that stands out already is left as it is", () => {
  expect(standOut("#0b6b73", SURFACES.light, 3)).toBe("#0b6b73");
  expect(standOut("#ffffff", SURFACES.light, 1.3)).not.toBe("#ffffff");
});

describe("links", () => {
  test.each([
    ["vea https://a.example/x.", ["https://a.example/x"]],
    ["(https://a.example/x)", ["https://a.example/x"]],
    ["https://a.example/x_(y)", ["https://a.example/x_(y)"]],
    ["HTTPS://A.example y http://b.example?", ["https://a.example/", "http://b.example/"]],
    ["javascript:alert(1) ftp://a.example data:text/html,x", []],
    ["https://", []],
    ["https://user:pass@evil.example", []],
    ["«https://a.example»", ["https://a.example/"]],
  ])("%s", (text, expected) => {
    const found = linked(text, "").filter((one) => typeof one !== "string").map((one) => (one as HTMLAnchorElement).getAttribute("href"));
    expect(found).toEqual(expected);
    expect(linked(text, "").map((one) => (typeof one === "string" ? one : one.textContent)).join("")).toBe(text);
  });

  test.each([["javascript:alert(1)", undefined], ["//a.example", undefined], ["https://a.example/b", "https://a.example/b"]])("%s is %s", (text, safe) => {
    expect(safeUrl(text)).toBe(safe);
  });
});

describe("words", () => {
  test("both languages say the same things, with the same holes", () => {
    const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((one) => one[1]).sort().join();
    expect(Object.keys(CATALOGUES.en)).toEqual(Object.keys(CATALOGUES.es));
    for (const [key, text] of Object.entries(CATALOGUES.es)) expect(`${key} ${holes(CATALOGUES.en[key as "send"])}`).toBe(`${key} ${holes(text)}`);
  });

  test("every key is used", async () => {
    const sources = import.meta.glob<string>(["../src/**/*.ts", "!../src/words/e?.ts"], { query: "?raw", import: "default", eager: true });
    const all = Object.values(sources).join("\n");
    const built = ["prechat_name", "prechat_email", "prechat_phone"]; // Made from the name of the field.
    expect(Object.keys(CATALOGUES.es).filter((key) => !built.includes(key) && !new RegExp(`["']${key}["']`).test(all))).toEqual([]);
  });

  test.each([[["en-US"], "en"], [["fr", "en"], "en"], [["fr"], "es"], [[undefined, "es-419"], "es"]] as const)("%j is spoken to in %s", (wishes, expected) => {
    expect(pickLocale(...wishes)).toBe(expected);
  });

  test("sizes and hours as people write them", () => {
    const es = wordsFor("es");
    expect([es.size(900), es.size(2_500), es.size(20 * 1024 * 1024)]).toEqual(["900 B", "2,4 KB", "20 MB"]);
    expect(es.clock(new Date(2026, 10, 22, 0, 5).getTime())).toBe("00:05");
    const at = new Date(2026, 10, 22, 12).getTime();
    expect([es.day(at, at), es.day(at - 86_400_000, at)]).toEqual(["Hoy", "Ayer"]);
  });
});

describe("answers of the form", () => {
  test.each([
    ["name", "", true, "required"], ["name", "", false, undefined], ["name", " ", true, "required"],
    ["email", "ana@example.com", true, undefined], ["email", "ana@example", true, "invalid_email"], ["email", "a b@c.d", false, "invalid_email"],
    ["phone", "+593 99 123 4567", true, undefined], ["phone", "099-123-4567", false, undefined], ["phone", "123", false, "invalid_phone"], ["phone", "call me", false, "invalid_phone"],
  ] as const)("%s %j", (field, value, required, expected) => {
    expect(fault(field, value, required)).toBe(expected);
  });
});

test.each([
  [{ size: 1, type: "image/png", name: "a" }, ["image/*"], undefined],
  [{ size: 1, type: "image/png", name: "a" }, [], undefined],
  [{ size: 1, type: "", name: "a" }, ["image/*"], "file_type"],
  [{ size: 11, type: "image/png", name: "a" }, ["image/png"], "file_too_big"],
] as const)("a file %j where %j may be sent", (file, types, expected) => {
  expect(refusal(file, { file_bytes: 10, file_types: [...types] })).toBe(expected);
});

test("waits double up to their limit and are spread", () => {
  expect([0, 1, 20].map((one) => backoff(one, 1))).toEqual([500, 1000, 30_000]);
  expect(backoff(2, 0)).toBe(1000);
});

test("settings that are missing or strange become ordinary ones", () => {
  expect(readConfig(undefined)).toMatchObject({ colour: "#0B6B73", icon: "chat", position: "right", language: "auto", limits: { text: 4096 } });
  expect(readConfig({ colour: "url(x)", position: "top", prechat: { enabled: true, fields: [{ name: "iban", required: true }] } })).toMatchObject({ colour: "#0B6B73", position: "right", prechat: { enabled: true, fields: [] } });
});

test("messages are ordered by their number whatever order they come in", () => {
  const thread = new Thread();
  const message = (seq: number): Message => ({ id: `m${seq}`, seq, from: "agent", at: "", type: "text" });
  expect(thread.takeOne(message(1))).toEqual({ fresh: true, gap: false });
  expect(thread.takeOne(message(4))).toEqual({ fresh: true, gap: true });
  expect(thread.cursor).toBe(1);
  expect(thread.takePage([message(2), message(3), message(4)], 4).map((one) => one.seq)).toEqual([2, 3]);
  expect(thread.takeOne(message(4))).toEqual({ fresh: false, gap: false });
  expect([thread.cursor, thread.all.map((one) => one.seq)]).toEqual([4, [1, 2, 3, 4]]);
});

test("ids are random UUIDs also on pages that are not secure", () => {
  vi.spyOn(crypto, "randomUUID").mockImplementation(undefined as never);
  Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
  const made = new Set(Array.from({ length: 50 }, newId));
  expect(made.size).toBe(50);
  for (const one of made) expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("one channel's keys are not another's", () => {
  localStorage.clear();
  storageFor("one").set("token", "a");
  expect([storageFor("one").get("token"), storageFor("two").get("token"), storageFor("one").keys("tok")]).toEqual(["a", undefined, ["token"]]);
});

test.each([["Ana María Ruiz", "AR"], ["ana", "A"], ["", ""], ["👋 Zoé", "Z"]])("%s is drawn as %s", (name, letters) => {
  expect(initials(name)).toBe(letters);
});
