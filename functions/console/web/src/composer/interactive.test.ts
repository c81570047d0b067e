import { describe, expect, it } from "vitest";
import { WHATSAPP } from "../testing/capabilities";
import { choiceTypes, EMPTY_FORM, formProblems as problems, interactiveOf, type QuickReplyForm } from "./interactive";

const formProblems = (form: QuickReplyForm) => problems(form, WHATSAPP);
const buttons: QuickReplyForm = { ...EMPTY_FORM, body: "¿Cuál prefiere?", choices: [{ title: "Gris", description: "" }, { title: "Beige", description: "" }, { title: " ", description: "" }] };

describe("quick replies", () => {
  it("need a text and a first choice", () => {
    expect(formProblems(EMPTY_FORM)).toEqual({ body: "missing", "choice:0": "missing" });
    expect(formProblems(buttons)).toEqual({});
  });
  it("keep to the limits of buttons and lists", () => {
    const long = { title: "x".repeat(21), description: "" };
    expect(formProblems({ ...buttons, choices: [long] })).toEqual({ "choice:0": "too_long" });
    expect(formProblems({ ...buttons, type: "list", button: "Ver", choices: [long] })).toEqual({});
    expect(formProblems({ ...buttons, type: "list", choices: [long] })).toEqual({ button: "missing" });
    expect(formProblems({ ...buttons, choices: ["a", "b", "c", "d"].map((title) => ({ title, description: "" })) })).toEqual({ choices: "too_many" });
  });
  it("keep to what another channel has", () => {
    const rules = { ...WHATSAPP, buttons: 6, list_rows: 0 };
    expect(choiceTypes(rules)).toEqual(["buttons"]);
    expect(problems({ ...buttons, choices: ["a", "b", "c", "d"].map((title) => ({ title, description: "" })) }, rules)).toEqual({});
  });
  it("refuse the same title twice, since the customer could not tell them apart", () => {
    expect(formProblems({ ...buttons, choices: [{ title: "Sí", description: "" }, { title: " sí", description: "" }] })).toEqual({ "choice:1": "repeated" });
  });
  it("become the content that is sent", () => {
    expect(interactiveOf(buttons)).toEqual({
      body: "¿Cuál prefiere?", action: { type: "buttons", buttons: [{ id: "1", title: "Gris" }, { id: "2", title: "Beige" }] },
    });
    expect(interactiveOf({ ...buttons, type: "list", button: "Ver", choices: [{ title: "Sofá", description: "3 puestos" }] })).toEqual({
      body: "¿Cuál prefiere?", action: { type: "list", label: "Ver", sections: [{ rows: [{ id: "1", title: "Sofá", description: "3 puestos" }] }] },
    });
  });
});
