// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { ApiError } from "../api/client";
import { WordsProvider } from "../i18n";
import { TipProvider } from "../ui/Tip";
import { ToastProvider } from "../ui/Toast";
import ExportsPage from "./ExportsPage";

const request = vi.fn();
const leave = vi.fn();
const workspace = { channels: [{ id: "ch_1", name: "WhatsApp" }], users: [{ id: "us_alba", name: "Alba Quishpe" }] };
vi.mock("../app/workspace", () => ({ useWorkspace: () => ({ ...workspace, request }) }));
vi.mock("../billing/leave", () => ({ leave: (url: string) => leave(url) }));

afterEach(() => {
  cleanup();
  request.mockReset();
  leave.mockReset();
});

const show = () => render(<WordsProvider locale="es" zone="America/Guayaquil"><TipProvider><ToastProvider><ExportsPage /></ToastProvider></TipProvider></WordsProvider>);
const row = { id: "exp_1", kind: "contacts", requested_name: "Alba", status: "completed", done: 9, total: 9, rows: 7, created_at: 1_768_478_400_000 };

test("a file that is ready is fetched by its link, one that is not can be canceled", async () => {
  request.mockImplementation(async (_: string, path: string) => (path.endsWith("/link") ? { url: "https://files.example/x" } : { items: [{ ...row, link_until: 1 }, { ...row, id: "exp_2", status: "running", done: 3 }, { ...row, id: "exp_3", status: "failed", reason: "too_large" }] }));
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Descargar" }));
  expect(leave).toHaveBeenCalledWith("https://files.example/x");
  expect(screen.getByText("En curso: 3 de 9")).toBeTruthy();
  expect(screen.getByText("El archivo es demasiado grande. Pida un período más corto.")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Cancelar" }));
  expect(request).toHaveBeenCalledWith("POST", "exports/exp_2/cancel");
});

test("messages are asked for with both days, and a refusal is said", async () => {
  request.mockImplementation(async (method: string) => {
    if (method === "POST") throw new ApiError(409, "export_running");
    return { items: [] };
  });
  show();
  expect(await screen.findByText("Todavía no hay exportaciones.")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Exportar datos" }));
  await userEvent.selectOptions(screen.getByLabelText("Datos"), "messages");
  const start = screen.getByRole<HTMLButtonElement>("button", { name: "Exportar" });
  expect(start.disabled).toBe(true);
  fireEvent.change(screen.getByLabelText("Desde"), { target: { value: "2026-01-01" } });
  fireEvent.change(screen.getByLabelText("Hasta"), { target: { value: "2026-01-01" } });
  await userEvent.click(start);
  const body = request.mock.calls.find((call) => call[0] === "POST")?.[2] as { body: { what: { kind: string; from: number; until: number } } };
  expect(body.body.what.kind).toBe("messages");
  expect(body.body.what.until - body.body.what.from).toBe(86_400_000);
  expect(await screen.findByText("Ya hay una exportación en curso. Espere a que termine o cancélela.")).toBeTruthy();
});
