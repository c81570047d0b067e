import { act, cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { WordsProvider } from "../i18n";
import { initials } from "./Avatar";
import { Combobox } from "./Combobox";
import { ToastProvider, useToast } from "./Toast";

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test.each([["Rosa Chango", "RC"], ["María Fernanda Montesdeoca", "MM"], ["Ñandú", "Ñ"], ["+593 90 000 0201", "50"], ["🔥", "?"], ["", "?"]])("initials of %s", (name, letters) => {
  expect(initials(name)).toBe(letters);
});

function Saying({ undo }: { undo?: (() => void) | undefined }) {
  const toast = useToast();
  return <button type="button" onClick={() => toast({ text: "Asignada a Bruno.", undo })}>decir</button>;
}

test("a toast goes after five seconds", () => {
  vi.useFakeTimers();
  render(<WordsProvider locale="es"><ToastProvider><Saying /></ToastProvider></WordsProvider>);
  act(() => screen.getByText("decir").click());
  act(() => vi.advanceTimersByTime(4900));
  expect(screen.queryByText("Asignada a Bruno.")).not.toBeNull();
  act(() => vi.advanceTimersByTime(200));
  expect(screen.queryByText("Asignada a Bruno.")).toBeNull();
});

test("what a toast tells can be taken back once", async () => {
  const undo = vi.fn();
  render(<WordsProvider locale="es"><ToastProvider><Saying undo={undo} /></ToastProvider></WordsProvider>);
  await userEvent.click(screen.getByText("decir"));
  await userEvent.click(screen.getByRole("button", { name: "Deshacer" }));
  expect(undo).toHaveBeenCalledOnce();
  expect(screen.queryByText("Asignada a Bruno.")).toBeNull();
});

function People({ onPick }: { onPick: (value: string) => void }) {
  const [open, setOpen] = useState(false);
  const options = [{ value: "1", label: "Alba Quishpe" }, { value: "2", label: "Fabián Mero" }, { value: "3", label: "Carla Guamán" }];
  return <Combobox trigger={<button type="button">abrir</button>} label="Usuarios" placeholder="Buscar usuario" empty="Nadie con ese nombre." options={options} onPick={onPick} open={open} onOpenChange={setOpen} />;
}

test("a list is searched without minding accents and picked by keys", async () => {
  const pick = vi.fn();
  render(<People onPick={pick} />);
  await userEvent.click(screen.getByText("abrir"));
  await userEvent.type(screen.getByRole("combobox"), "fabian");
  expect(screen.getAllByRole("option").map((one) => one.textContent)).toEqual(["Fabián Mero"]);
  await userEvent.keyboard("{Enter}");
  expect(pick).toHaveBeenCalledExactlyOnceWith("2");
});
