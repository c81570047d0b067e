import { describe, expect, it } from "vitest";
import { complete, encodeMentions, mentionAt, suggest } from "./mention";

const people = [
  { id: "us_1", name: "Alba Quishpe" },
  { id: "us_2", name: "Bruno Zambrano" },
  { id: "us_3", name: "Álvaro" },
  { id: "us_4", name: "Bruno" },
];

describe("mentions", () => {
  it("begins at an @ that starts a word", () => {
    expect(mentionAt("hola @bru", 9)).toEqual({ from: 5, text: "bru" });
    expect(mentionAt("@", 1)).toEqual({ from: 0, text: "" });
    expect(mentionAt("rosa@correo", 11)).toBeUndefined();
    expect(mentionAt("@a\nb", 4)).toBeUndefined();
    expect(mentionAt("@Bruno ya cayó la transferencia", 31)).toBeUndefined();
  });
  it("suggests by any word of the name, accents folded", () => {
    expect(suggest(people, "al").map((person) => person.id)).toEqual(["us_1", "us_3"]);
    expect(suggest(people, "zam").map((person) => person.id)).toEqual(["us_2"]);
    expect(suggest(people, "")).toHaveLength(4);
  });
  it("puts the name and the caret behind it", () => {
    expect(complete("ver @bru ya", { from: 4, text: "bru" }, 8, people[1]!)).toEqual({ text: "ver @Bruno Zambrano ya", caret: 20 });
  });
  it("stores chosen people by their mark, the longer name first", () => {
    expect(encodeMentions("@Bruno Zambrano y @Bruno, @Nadie @Brunoxx", people)).toBe("{{@user.us_2}} y {{@user.us_4}}, @Nadie @Brunoxx");
    expect(encodeMentions("@Bruno", [])).toBe("@Bruno");
  });
});
