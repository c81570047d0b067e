import { afterEach, expect, test } from "vitest";
import { preview } from "../src/preview";

const samples = { asked: "¿Hacen envíos?", answered: "Sí", author: "Alba" };
const box = document.createElement("div");
document.body.append(box);
afterEach(() => box.replaceChildren());

test("the preview shows settings as they are edited, and each moment of a chat", () => {
  const made = preview(box, "es");
  const root = box.querySelector("colibri-chat")?.shadowRoot as ShadowRoot;
  const texts = () => [...root.querySelectorAll(".bubble")].map((one) => one.textContent);
  made.show({ title: "Ceibo", welcome: "Hola", language: "auto" }, { stage: "thread", away: false, samples });
  expect([root.querySelector("h2")?.textContent, texts()]).toEqual(["Ceibo", ["Hola", "¿Hacen envíos?", "Sí"]]);
  made.show({ language: "en", offline: { note: "Until 18:00." } }, { stage: "thread", away: true, samples });
  expect([root.querySelector(".away")?.textContent, root.querySelector("textarea")?.placeholder]).toEqual(["Until 18:00.", "Write a message"]);
  made.show({ prechat: { enabled: true, fields: [{ name: "email", required: true }] } }, { stage: "prechat", away: false, samples });
  expect(root.querySelectorAll(".form input")).toHaveLength(1);
  made.remove();
  expect(box.children).toHaveLength(0);
});

test("what is tried in it stays in it", () => {
  const made = preview(box, "es");
  const root = box.querySelector("colibri-chat")?.shadowRoot as ShadowRoot;
  made.show({}, { stage: "thread", away: false, samples });
  const area = root.querySelector("textarea") as HTMLTextAreaElement;
  area.value = "Prueba";
  area.dispatchEvent(new Event("input"));
  (root.querySelector(".go") as HTMLElement).closest("form")?.dispatchEvent(new Event("submit", { cancelable: true }));
  expect([...root.querySelectorAll(".bubble")].at(-1)?.textContent).toBe("Prueba");
  made.remove();
});
