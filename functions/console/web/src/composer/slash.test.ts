import { describe, expect, it } from "vitest";
import { findSnippets, putSnippet, slashAt } from "./slash";

const KNOWN = [
  { id: "envio", name: "Costos de envío", text: "Enviamos a todo el país." },
  { id: "saludo", name: "Saludo", text: "Hola, ¿en qué le ayudo con el envío?" },
  { id: "pago", name: "Formas de pago", text: "Transferencia o tarjeta." },
];

describe("snippets in the composer", () => {
  it("are looked for where a word begins with a slash", () => {
    for (const [text, found] of [["/", ""], ["/sal", "sal"], ["hola /en", "en"], ["\n/pa", "pa"]] as const) expect(slashAt(text, text.length)?.text).toBe(found);
    for (const text of ["12/05", "https://x", "hola", "/dos palabras", "a/b"]) expect(slashAt(text, text.length)).toBeUndefined();
  });

  it("are found by id, by a word of the name and by what they say, in this order", () => {
    expect(findSnippets(KNOWN, "env").map((one) => one.id)).toEqual(["envio", "saludo"]);
    expect(findSnippets(KNOWN, "pag").map((one) => one.id)).toEqual(["pago"]);
    expect(findSnippets(KNOWN, "").map((one) => one.id)).toEqual(["envio", "pago", "saludo"]);
    expect(findSnippets(KNOWN, "zz")).toEqual([]);
  });

  it("take the place of what was typed", () => {
    expect(putSnippet("Hola /sal y adiós", { from: 5, text: "sal" }, 9, "¡bienvenida!")).toEqual({ text: "Hola ¡bienvenida! y adiós", caret: 17 });
  });
});
