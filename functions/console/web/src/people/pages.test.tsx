// @vitest-environment happy-dom
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactElement } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { ApiError } from "../api/client";
import { CATALOGUES, WordsProvider } from "../i18n";
import { TipProvider } from "../ui/Tip";
import { ToastProvider } from "../ui/Toast";
import AuditPage from "./AuditPage";
import RolesPage from "./RolesPage";
import TeamsPage from "./TeamsPage";

const request = vi.fn();
const workspace = { teams: [{ id: "tm_1", name: "Ventas" }], users: [{ id: "us_alba", name: "Alba Quishpe" }] };
vi.mock("../app/workspace", () => ({ useWorkspace: () => ({ ...workspace, request, reload: async () => undefined, may: () => true }) }));

afterEach(() => {
  cleanup();
  request.mockReset();
});

const show = (page: ReactElement) => render(<WordsProvider locale="es" zone="America/Guayaquil"><TipProvider><ToastProvider>{page}</ToastProvider></TipProvider></WordsProvider>);
const sent = (method: string) => request.mock.calls.filter((call) => call[0] === method);

test("a team keeps its people, and a name that is taken is said at the name", async () => {
  request.mockImplementation(async (method: string) => {
    if (method !== "GET") throw new ApiError(409, "name_taken");
    return { items: [{ id: "us_alba", name: "Alba Quishpe", place: { teams: ["tm_1"] } }, { id: "us_bruno", name: "Bruno Loor", place: {} }] };
  });
  show(<TeamsPage />);
  await userEvent.click(screen.getByRole("button", { name: "Cambiar el equipo Ventas" }));
  expect((await screen.findByLabelText<HTMLInputElement>("Alba Quishpe")).checked).toBe(true);
  await userEvent.click(screen.getByLabelText("Bruno Loor"));
  expect(screen.getByText("Personas · 2 personas")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Guardar" }));
  expect(sent("PATCH")[0]).toEqual(["PATCH", "teams/tm_1", { body: { name: "Ventas", description: "", members: ["us_alba", "us_bruno"] } }]);
  expect(await screen.findByText("Este nombre ya está en uso.")).toBeTruthy();
});

test("deleting a team asks twice", async () => {
  request.mockResolvedValue({ items: [] });
  show(<TeamsPage />);
  await userEvent.click(screen.getByRole("button", { name: "Cambiar el equipo Ventas" }));
  await userEvent.click(await screen.findByRole("button", { name: "Eliminar equipo" }));
  expect(sent("DELETE")).toHaveLength(0);
  await userEvent.click(screen.getByRole("button", { name: "Sí, eliminar" }));
  expect(sent("DELETE")[0]?.[1]).toBe("teams/tm_1");
});

const ROLES = { items: [{ id: "read_only", name: "", rights: ["contact_read"] }, { id: "ro_1", name: "Caja", rights: ["contact_read", "message_send"] }], rights: ["contact_read", "message_send", "report_read"] };

test("the presets are shown and not changed; an own set of rights is", async () => {
  request.mockResolvedValue(ROLES);
  show(<RolesPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Ver los permisos de Solo lectura" }));
  expect(screen.queryByRole("button", { name: "Guardar" })).toBeNull();
  expect(screen.getByLabelText("Enviar mensajes").closest("fieldset")).toHaveProperty("disabled", true);
  await userEvent.keyboard("{Escape}");
  await userEvent.click(screen.getByRole("button", { name: "Cambiar los permisos de Caja" }));
  await userEvent.click(screen.getByLabelText("Ver reportes"));
  request.mockRejectedValueOnce(new ApiError(422, "role_in_use"));
  await userEvent.click(screen.getByRole("button", { name: "Guardar" }));
  expect(sent("PATCH")[0]?.[2]).toEqual({ body: { name: "Caja", rights: ["contact_read", "message_send", "report_read"] } });
  expect((await screen.findByRole("alert")).textContent).toContain("Hay usuarios con estos permisos");
});

test("the log tells deeds in words, is filtered by person, deed and day, and goes on", async () => {
  const entry = (id: string, action: string, more = {}) => ({ id, at: 1_768_000_000_000, user_id: "us_alba", user_name: "Alba Quishpe", action, ...more });
  request.mockImplementation(async (_method: string, path: string) => (path.includes("cursor=")
    ? { items: [entry("e2", "signed_in")] }
    : { items: [entry("e1", "user.changed", { target_name: "Bruno Loor", details: { role: "agent -> manager" }, address: "192.0.2.1" })], next_cursor: "c" }));
  show(<AuditPage />);
  const list = within(await screen.findByRole("list", { name: "Registro de auditoría" }));
  expect(list.getByText("role: agent -> manager")).toBeTruthy();
  expect(list.getByRole("listitem").textContent).toContain("Alba Quishpe · Cambió al usuario Bruno Loor");
  await userEvent.click(screen.getByRole("button", { name: "Ver más" }));
  expect(await list.findAllByRole("listitem")).toHaveLength(2);
  await userEvent.selectOptions(screen.getByLabelText("Usuario"), "us_alba");
  await userEvent.selectOptions(screen.getByLabelText("Acción"), "Entró");
  expect(request.mock.calls.at(-1)?.[1]).toBe("audit?user=us_alba&action=signed_in");
});

test("a log that cannot be read offers another try", async () => {
  request.mockRejectedValueOnce(new ApiError(0, "offline")).mockResolvedValueOnce({ items: [] });
  show(<AuditPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Reintentar" }));
  expect(await screen.findByText("Aún no hay nada en el registro.")).toBeTruthy();
  request.mockResolvedValueOnce({ items: [] });
  await userEvent.selectOptions(screen.getByLabelText("Acción"), "Entró");
  expect(await screen.findByText("Nada coincide con el filtro.")).toBeTruthy();
});

test("every right and deed of the API has words in both languages", async () => {
  const { readFileSync } = await import("node:fs");
  const schemas = JSON.parse(readFileSync("../../../infra/openapi.json", "utf8")).components.schemas as Record<string, { enum: string[] }>;
  const keys = [...(schemas["Right"]?.enum ?? []).map((one) => `right.${one}`), ...(schemas["AuditAction"]?.enum ?? []).map((one) => `audit.did_${one.replaceAll(".", "_")}`), ...(schemas["Restriction"]?.enum ?? []).map((one) => `place.restriction_${one}`)];
  expect(keys.length).toBeGreaterThan(70);
  for (const locale of ["es", "en"] as const) expect(keys.filter((key) => CATALOGUES[locale][key] === undefined)).toEqual([]);
});
