// @vitest-environment happy-dom
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../api/client";
import { WordsProvider } from "../i18n";
import { TipProvider } from "../ui/Tip";
import { ToastProvider } from "../ui/Toast";
import UsersPage from "./UsersPage";

const request = vi.fn();
const rights = new Set<string>();
const reload = vi.fn(async () => undefined);
vi.mock("../app/workspace", () => ({
  useWorkspace: () => ({ request, reload, me: { user_id: "us_alba", role: "owner" }, teams: [{ id: "tm_ventas", name: "Ventas" }], may: (right: string) => rights.has(right) }),
}));

const ALBA = { id: "us_alba", name: "Alba Quishpe", email: "alba@ceibo.example", status: "online", manageable: false, place: { role: "owner", visibility: "all", teams: [], restrictions: [] } };
const BRUNO = { id: "us_bruno", name: "Bruno Loor", email: "bruno@ceibo.example", status: "offline", manageable: true, place: { role: "agent", visibility: "own", teams: ["tm_ventas"], restrictions: ["personal_data"] } };
const ROLES = [{ id: "read_only", name: "", rights: [] }, { id: "ro_caja", name: "Caja", rights: [] }];
const WAITING = { id: "in_1", email: "eva@ceibo.example", expired: true, created_at: 1_768_000_000_000, expires_at: 1_768_600_000_000, invited_by: "us_alba", invited_by_name: "Alba Quishpe", place: { role: "manager" } };

beforeEach(() => {
  ["user_agent_write", "user_manager_write", "user_owner_write", "data_export"].forEach((right) => rights.add(right));
  request.mockImplementation(async (method: string, path: string) => {
    if (method !== "GET") return undefined;
    return { users: { items: [ALBA, BRUNO] }, invitations: { items: [WAITING] }, roles: { items: ROLES } }[path];
  });
});
afterEach(() => {
  cleanup();
  request.mockReset();
  rights.clear();
});

async function open() {
  render(<WordsProvider locale="es"><TipProvider><ToastProvider><UsersPage /></ToastProvider></TipProvider></WordsProvider>);
  return within(await screen.findByRole("list", { name: "Usuarios" }));
}
const sent = (method: string) => request.mock.calls.filter((call) => call[0] === method);

test("shows who is here with level, view and teams, and finds without accents", async () => {
  const list = await open();
  expect(list.getByText("Ve los contactos asignados a él · Ventas")).toBeTruthy();
  expect(list.queryByRole("button", { name: "Cambiar a Alba Quishpe" })).toBeNull();
  await userEvent.type(screen.getByRole("searchbox"), "AGENTE");
  expect(list.getAllByRole("listitem")).toHaveLength(1);
  await userEvent.type(screen.getByRole("searchbox"), "xyz");
  expect(list.getByText("Nadie coincide con la búsqueda.")).toBeTruthy();
});

test("a new level drops what belongs to the old one", async () => {
  await open();
  await userEvent.click(screen.getByRole("button", { name: "Cambiar a Bruno Loor" }));
  expect(screen.getByLabelText<HTMLInputElement>("Ve teléfonos y correos ocultos en parte").checked).toBe(true);
  await userEvent.click(screen.getByLabelText("Supervisor"));
  expect(screen.queryByLabelText("Ve teléfonos y correos ocultos en parte")).toBeNull();
  await userEvent.click(screen.getByLabelText("No exporta datos"));
  await userEvent.click(screen.getByRole("button", { name: "Guardar" }));
  expect(sent("PATCH")[0]).toEqual(["PATCH", "users/us_bruno", { body: { role: "manager", visibility: "all", teams: ["tm_ventas"], restrictions: ["data_export"], custom_role: null } }]);
  expect(reload).toHaveBeenCalled();
});

test("removal is confirmed and its refusal is said", async () => {
  await open();
  await userEvent.click(screen.getByRole("button", { name: "Cambiar a Bruno Loor" }));
  await userEvent.click(screen.getByRole("button", { name: "Quitar del espacio de trabajo" }));
  expect(sent("DELETE")).toHaveLength(0);
  request.mockRejectedValueOnce(new ApiError(422, "last_owner"));
  await userEvent.click(screen.getByRole("button", { name: "Quitar" }));
  expect((await screen.findByRole("alert")).textContent).toBe("Debe quedar al menos un propietario.");
});

test("an invitation carries address, place and language; a wrong address is said at its field", async () => {
  await open();
  await userEvent.click(screen.getByRole("button", { name: "Invitar a sus colaboradores" }));
  await userEvent.type(screen.getByLabelText("Correo"), "eva@ceibo.example");
  await userEvent.click(screen.getByLabelText("Caja"));
  request.mockRejectedValueOnce(new ApiError(422, "invalid_request", undefined, [{ pointer: "/email", code: "invalid_value", detail: "" }]));
  await userEvent.click(screen.getByRole("button", { name: "Enviar invitación" }));
  expect(await screen.findByText("Escribir un correo válido.")).toBeTruthy();
  request.mockRejectedValueOnce(new ApiError(409, "already_invited"));
  await userEvent.click(screen.getByRole("button", { name: "Enviar invitación" }));
  expect(await screen.findByText("Esta persona ya tiene una invitación.")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Enviar invitación" }));
  expect(sent("POST").at(-1)?.[2]).toEqual({ body: { email: "eva@ceibo.example", locale: "es", place: { role: "agent", visibility: "all", teams: [], restrictions: [], custom_role: "ro_caja" } } });
});

test("a manager invites agents only, and exports nothing without the right", async () => {
  rights.delete("user_manager_write");
  rights.delete("user_owner_write");
  rights.delete("data_export");
  await open();
  expect(screen.queryByRole("button", { name: "Exportar" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Invitar a sus colaboradores" }));
  expect(screen.queryByLabelText("Propietario")).toBeNull();
  expect(screen.getByLabelText("Agente")).toBeTruthy();
});

test("invitations are sent again and taken back", async () => {
  await open();
  expect(screen.getByText(/^Venció el/)).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Reenviar la invitación a eva@ceibo.example" }));
  await userEvent.click(await screen.findByRole("button", { name: "Retirar la invitación a eva@ceibo.example" }));
  expect(sent("POST")[0]?.[1]).toBe("invitations/in_1/resend");
  expect(sent("DELETE")[0]?.[1]).toBe("invitations/in_1");
});

test("what cannot be read offers another try", async () => {
  request.mockRejectedValueOnce(new ApiError(0, "offline"));
  render(<WordsProvider locale="es"><TipProvider><ToastProvider><UsersPage /></ToastProvider></TipProvider></WordsProvider>);
  await userEvent.click(await screen.findByRole("button", { name: "Reintentar" }));
  expect(await screen.findByText("Bruno Loor")).toBeTruthy();
});
