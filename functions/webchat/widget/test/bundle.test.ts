// @vitest-environment node
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { beforeAll, expect, test } from "vitest";

const LIMIT = 30_000;
let code = "";
let files = 0;

beforeAll(async () => {
  const made = await build({ logLevel: "silent", mode: "production", build: { write: false } });
  const output = Array.isArray(made) ? made[0] : made;
  if (!output || !("output" in output)) throw new Error("nothing was built");
  files = output.output.length;
  code = output.output[0].code;
}, 60_000);

test(`one file, under ${LIMIT} bytes as it travels`, () => {
  expect(files).toBe(1);
  expect(gzipSync(code, { level: 9 }).length).toBeLessThan(LIMIT);
});

test("works under a strict content policy", () => {
  expect(code).not.toMatch(/\beval\s*\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\.style\b|setAttribute\(["'`]style/);
});

test("leaves no names in the page but its own", () => {
  expect(code.trimStart().startsWith("(function(){")).toBe(true);
  const names = new Set([...code.matchAll(/window\.([A-Za-z]\w*)\s*=[^=]/g)].map((found) => found[1]));
  expect([...names].sort()).toEqual(["Colibri", "colibriLoaded"]);
});
