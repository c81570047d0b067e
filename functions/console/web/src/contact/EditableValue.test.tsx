import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { WordsProvider } from "../i18n";
import { EditableValue } from "./EditableValue";

afterEach(cleanup);

function open(onSave: (value: string) => Promise<string | undefined>, value = "alba@ceibo.example") {
  render(<WordsProvider locale="es"><dl><EditableValue label="Correo" value={value} type="email" editable onSave={onSave} /></dl><button type="button">otro</button></WordsProvider>);
}

test("is saved when one leaves the field", async () => {
  const save = vi.fn(async () => undefined);
  open(save);
  await userEvent.click(screen.getByRole("button", { name: /Editar Correo/ }));
  await userEvent.clear(screen.getByRole("textbox"));
  await userEvent.type(screen.getByRole("textbox"), " b@ceibo.example ");
  await userEvent.click(screen.getByRole("button", { name: "otro" }));
  expect(save).toHaveBeenCalledExactlyOnceWith("b@ceibo.example");
});

test("escape leaves the value as it was", async () => {
  const save = vi.fn(async () => undefined);
  open(save);
  await userEvent.click(screen.getByRole("button", { name: /Editar Correo/ }));
  await userEvent.type(screen.getByRole("textbox"), "zzz{Escape}");
  expect(save).not.toHaveBeenCalled();
  expect(screen.getByRole("button", { name: /alba@ceibo.example/ })).toBeTruthy();
});

test("nothing is sent where nothing changed", async () => {
  const save = vi.fn(async () => undefined);
  open(save);
  await userEvent.click(screen.getByRole("button", { name: /Editar Correo/ }));
  await userEvent.type(screen.getByRole("textbox"), "{Enter}");
  expect(save).not.toHaveBeenCalled();
});

test("a refusal stands under the field, with what was typed", async () => {
  open(async () => "Eso no es un correo.");
  await userEvent.click(screen.getByRole("button", { name: /Editar Correo/ }));
  await userEvent.clear(screen.getByRole("textbox"));
  await userEvent.type(screen.getByRole("textbox"), "nada{Enter}");
  expect((await screen.findByRole("alert")).textContent).toBe("Eso no es un correo.");
  expect(screen.getByRole<HTMLInputElement>("textbox").value).toBe("nada");
  expect(screen.getByRole("textbox").getAttribute("aria-invalid")).toBe("true");
});
