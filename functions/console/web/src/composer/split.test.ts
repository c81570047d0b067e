import { describe, expect, it } from "vitest";
import { counter, lengthOf, splitText } from "./split";

describe("counter", () => {
  it("appears from four fifths on and tells how much is left or over", () => {
    expect(counter("x".repeat(79), 100).shown).toBe(false);
    expect(counter("x".repeat(80), 100)).toEqual({ shown: true, used: 80, left: 20, over: false });
    expect(counter("x".repeat(101), 100)).toMatchObject({ left: -1, over: true });
  });
  it("counts an emoji as one", () => expect(lengthOf("😀a")).toBe(2));
});

describe("splitting", () => {
  it("leaves a short text whole", () => expect(splitText(" hola ", 10)).toEqual(["hola"]));
  it("cuts at a paragraph, then a sentence, then a word", () => {
    expect(splitText("primero aquí\n\nsegundo va", 16)).toEqual(["primero aquí", "segundo va"]);
    expect(splitText("Uno dos tres. Cuatro", 16)).toEqual(["Uno dos tres.", "Cuatro"]);
    expect(splitText("aaaa bbbb cccc", 10)).toEqual(["aaaa bbbb", "cccc"]);
  });
  it("cuts a word only when there is nothing else, never inside a character", () => {
    expect(splitText("x".repeat(25), 10)).toEqual(["x".repeat(10), "x".repeat(10), "x".repeat(5)]);
    expect(splitText("😀".repeat(5), 2)).toEqual(["😀😀", "😀😀", "😀"]);
  });
  it("loses no word and keeps to the limit", () => {
    const text = Array.from({ length: 3000 }, (_, i) => `palabra${i}`).join(" ");
    const pieces = splitText(text, 4096);
    expect(pieces.every((piece) => lengthOf(piece) <= 4096)).toBe(true);
    expect(pieces.join(" ")).toBe(text);
  });
});
