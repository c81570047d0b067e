import { describe, expect, it } from "vitest";
import { goesInSegments, segments } from "./segments";

describe("segments of a text message", () => {
  it.each([
    ["", 0, 160],
    ["Hola", 1, 156],
    ["a".repeat(160), 1, 0],
    ["a".repeat(161), 2, 145],
    ["€".repeat(80), 1, 0],
    ["€".repeat(153), 3, 151],
    ["Sí", 1, 68],
    ["á".repeat(71), 2, 63],
    ["😀".repeat(67), 3, 65],
  ])("%#: counts as the networks do", (text, count, left) => expect(segments(text)).toEqual({ count, left }));
  it("concerns text messages only", () => expect([goesInSegments("twilio"), goesInSegments("telegram"), goesInSegments(undefined)]).toEqual([true, false, false]));
});
