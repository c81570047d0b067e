import { describe, expect, it } from "vitest";
import { parseLine, parseRichText, plainText, safeHref } from "./markup";

describe("marks of WhatsApp", () => {
  it("reads bold, italic, strike and code", () => {
    expect(parseLine("a *b* _c_ ~d~ `e`").map((node) => node.type)).toEqual([
      "text", "bold", "text", "italic", "text", "strike", "text", "code",
    ]);
  });

  it("nests marks", () => {
    expect(parseLine("*_muy_ bueno*")).toEqual([
      { type: "bold", children: [{ type: "italic", children: [{ type: "text", text: "muy" }] }, { type: "text", text: " bueno" }] },
    ]);
  });

  it.each(["2*3*4", "* no", "*abierto", "snake_case_name", "a ** b", "~", "```"])("leaves %j as it was written", (text) => {
    expect(parseRichText(text).every((block) => block.type === "line" && block.children.every((node) => node.type === "text"))).toBe(true);
    expect(plainText(text)).toBe(text);
  });

  it("keeps marks within one line", () => {
    expect(parseRichText("*a\nb*").map((block) => block.type)).toEqual(["line", "line"]);
    expect(plainText("*a\nb*")).toBe("*a b*");
  });

  it("reads fixed-width passages and quoted lines", () => {
    expect(parseRichText("antes\n```\nx = *1*\n```\n> citado")).toEqual([
      { type: "line", children: [{ type: "text", text: "antes" }] },
      { type: "pre", text: "x = *1*" },
      { type: "quote", children: [{ type: "text", text: "citado" }] },
    ]);
  });

  it("keeps every character of hostile text", () => {
    const text = `${"*a ".repeat(20_000)}${"_~ ".repeat(5_000)}`.trim();
    expect(plainText(text)).toBe(text);
  });
});

describe("links", () => {
  const links = (text: string) => parseLine(text).filter((node) => node.type === "link");

  it("finds addresses and leaves the sentence's punctuation outside", () => {
    expect(links("Mire https://ceibo.example/a_b_c?x=1. Gracias")).toEqual([
      { type: "link", href: "https://ceibo.example/a_b_c?x=1", text: "https://ceibo.example/a_b_c?x=1" },
    ]);
    expect(links("(www.ceibo.example)")).toEqual([{ type: "link", href: "https://www.ceibo.example/", text: "www.ceibo.example" }]);
    expect(links("https://e.example/wiki/Ceibo_(árbol)")).toHaveLength(1);
  });

  it("finds mail addresses and international numbers", () => {
    expect(links("a rosa@correo.example o +593 90 000 0100")).toEqual([
      { type: "link", href: "mailto:rosa@correo.example", text: "rosa@correo.example" },
      { type: "link", href: "tel:+593900000100", text: "+593 90 000 0100" },
    ]);
  });

  it.each(["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "no es"])("refuses %j", (address) => {
    expect(safeHref(address)).toBeUndefined();
    expect(links(address)).toEqual([]);
  });

  it("keeps markup as text", () => {
    expect(plainText("<img src=x onerror=alert(1)>")).toBe("<img src=x onerror=alert(1)>");
  });
});

describe("mentions", () => {
  it("names the person", () => {
    expect(plainText("{{@user.us_1}} ¿ya cayó?", () => "Bruno")).toBe("@Bruno ¿ya cayó?");
    expect(parseLine("{{@user.}}")[0]?.type).toBe("text");
  });
});
