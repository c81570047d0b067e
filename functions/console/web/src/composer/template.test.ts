import { describe, expect, it } from "vitest";
import type { Template } from "../thread/model";
import { fieldProblem, fill, parametersOf, searchTemplates, shapeOf, titleOf } from "./template";

const base: Template = {
  channel_id: "ch", name: "pedido_listo", language: "es", category: "utility", status: "approved", parameter_format: "positional",
  components: [
    { type: "header", format: "TEXT", text: "Pedido {{1}}" },
    { type: "body", text: "Hola {{2}}, su pedido {{1}} está listo. {{2}}" },
    { type: "footer", text: "Muebles Ceibo (demo)" },
    { type: "buttons", buttons: [{ type: "QUICK_REPLY", text: "Gracias" }, { type: "URL", text: "Ver", url: "https://ceibo.example/p/{{1}}" }] },
  ],
};

describe("fields", () => {
  it("asks for each placeholder once, in reading order", () => {
    expect(shapeOf(base).fields.map((field) => field.key)).toEqual(["header:1", "body:1", "body:2", "button:1"]);
  });

  it("asks for a header's file, not for text", () => {
    const shape = shapeOf({ ...base, components: [{ type: "header", format: "IMAGE" }, { type: "body", text: "x" }] });
    expect(shape.media).toBe("image");
    expect(shape.fields).toEqual([]);
  });

  it("asks nothing of a button with a fixed address", () => {
    const buttons = [{ type: "URL", text: "Ver", url: "https://ceibo.example" }, { type: "PHONE_NUMBER", text: "Llamar" }];
    expect(shapeOf({ ...base, components: [{ type: "body", text: "x" }, { type: "buttons", buttons }] }).fields).toEqual([]);
  });
});

describe("preview", () => {
  it("fills every place and leaves what is missing visible", () => {
    expect(fill("Hola {{2}}, {{ 1 }} y {{2}}", "body", { "body:2": "Lucía" })).toBe("Hola Lucía, {{ 1 }} y Lucía");
  });
  it("does not read values as patterns or placeholders", () => {
    expect(fill("{{1}} {{2}}", "body", { "body:1": "{{2}} $&", "body:2": "x" })).toBe("{{2}} $& x");
  });
});

describe("what is sent", () => {
  const values = { "header:1": "77", "body:1": " 77 ", "body:2": "Lucía", "button:1": "abc" };
  it("lists numbered values in order", () => {
    expect(parametersOf(base, values)).toEqual({
      header: { type: "text", text: "77" }, body: [{ text: "77" }, { text: "Lucía" }], buttons: [{ index: 1, type: "url", text: "abc" }],
    });
  });
  it("maps named values", () => {
    const named: Template = { ...base, parameter_format: "named", components: [{ type: "body", text: "Hola {{nombre}}" }] };
    expect(parametersOf(named, { "body:nombre": "Lucía" })).toEqual({ body: [{ name: "nombre", text: "Lucía" }], buttons: [] });
  });
  it("carries the header's file", () => {
    const image: Template = { ...base, components: [{ type: "header", format: "image" }, { type: "body", text: "x" }] };
    expect(parametersOf(image, {}, "fi_1").header).toEqual({ type: "file", file_id: "fi_1" });
  });
});

describe("checks before sending", () => {
  it.each([["", "missing"], ["   ", "missing"], [undefined, "missing"], ["a\nb", "line_break"], ["a     b", "line_break"], ["x".repeat(1025), "too_long"], ["bien", undefined]])(
    "finds what is wrong with %j",
    (value, problem) => expect(fieldProblem(value)).toBe(problem),
  );
});

describe("search", () => {
  it("folds accents and takes words in any order", () => {
    expect(searchTemplates([base], "listo esta")).toHaveLength(1);
    expect(searchTemplates([base], "pedido_listo")).toHaveLength(1);
    expect(searchTemplates([base], "navidad")).toHaveLength(0);
  });
  it("reads a name as words", () => expect(titleOf(base)).toBe("Pedido listo"));
});
