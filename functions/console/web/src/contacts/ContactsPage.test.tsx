// @vitest-environment happy-dom
import { cleanup, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WordsProvider } from "../i18n";
import { Signal } from "../realtime/hub";
import { TipProvider } from "../ui/Tip";
import { ToastProvider } from "../ui/Toast";
import ContactsPage from "./ContactsPage";
import { both, complete, entryOf, freshCondition, OPERATORS, type Kind } from "./filter";

const request = vi.fn();
const fields = [{ id: "fd_1", slug: "presupuesto", name: "Presupuesto", type: "number" as const }];
const workspace = {
  me: { user_id: "us_alba" }, fields, stages: [{ id: "st_1", name: "Cliente", position: 0 }], channels: [], closing_categories: [],
  tags: [{ id: "tag_1", name: "Mayorista", color: "gray" }, { id: "tag_2", name: "Urgente", color: "red" }],
  users: [{ id: "us_bruno", name: "Bruno Loor", email: "bruno@ceibo.example", role: "agent", teams: [], status: "online" }],
  workspace: { closing_note_mode: "optional" },
  signals: { heads: new Signal(), gone: new Signal(), gap: new Signal() }, takeHeads: () => undefined,
  user: (id: string) => (id === "us_bruno" ? { id, name: "Bruno Loor" } : undefined),
};
let rights = true;
vi.mock("../app/workspace", () => ({ useWorkspace: () => ({ ...workspace, request, may: () => rights }) }));
vi.stubGlobal("IntersectionObserver", class { observe() {} disconnect() {} });

const row = (id: number, name: string) => ({
  head: { id, name, first_name: name, phone: "+593991234567", assignee: "us_bruno", status: "open", channels: [], tags: ["tag_1", "tag_gone"], stage: "st_1", created_at: 1_795_000_000_000, version: 1 },
  profile: { fields: { presupuesto: 850.5 }, created_source: "user" },
});
const SEGMENT = { id: "sg_1", name: "Mayoristas", version: 3, filter: { all: [{ field: "tags", operator: "has_any_of", value: ["tag_gone"] }] }, faults: [{ pointer: "/all/0/value", code: "unknown_tag" }] };

beforeEach(() => {
  rights = true;
  localStorage.clear();
  request.mockImplementation(async (method: string, path: string) => {
    if (path === "segments" && method === "GET") return { items: [SEGMENT] };
    if (path === "segments/contacts") return { items: [row(1, "Ana Vélez"), row(2, "Beto Paz")] };
    if (path === "segments/count") return { matched: 2, seen: 2, up_to: 2, last: 2 };
    if (path === "contact-bulk") return { done: [1], failed: [{ id: 2, code: "not_found" }] };
    return { segment: { ...SEGMENT, id: "sg_2", faults: undefined } };
  });
});
afterEach(() => {
  cleanup();
  request.mockReset();
});

const show = (view?: string) => render(<WordsProvider locale="es" zone="America/Guayaquil"><TipProvider><ToastProvider><ContactsPage view={view} /></ToastProvider></TipProvider></WordsProvider>);
const sent = (path: string) => request.mock.calls.filter((call) => call[1] === path).map((call) => (call[2] as { body: Record<string, unknown> }).body);

test("the table shows what is chosen, counts, and hides tags that are gone", async () => {
  show();
  const table = await screen.findByRole("table", { name: "Todos los contactos" });
  expect(within(table).getAllByText("Mayorista")).toHaveLength(2);
  expect(within(table).getAllByText("Cliente")).toHaveLength(2);
  expect(await screen.findByText("2 contactos")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Columnas" }));
  await userEvent.click(await screen.findByRole("menuitemcheckbox", { name: "Presupuesto" }));
  expect(within(table).getAllByText("850,5")).toHaveLength(2);
  expect(JSON.parse(localStorage.getItem("colibri.columns") ?? "")).toContain("custom:presupuesto");
});

test("a sorted column is read again from the server", async () => {
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Nombre" }));
  await waitFor(() => expect(sent("segments/contacts").at(-1)).toMatchObject({ order: "name", descending: false }));
  expect(screen.getByRole("columnheader", { name: "Nombre" }).getAttribute("aria-sort")).toBe("ascending");
});

test("a filter is built, counted and saved as a segment", async () => {
  show();
  await screen.findByRole("table");
  await userEvent.click(screen.getByRole("button", { name: "Filtro" }));
  await userEvent.click(screen.getByRole("button", { name: "Añadir condición" }));
  await userEvent.click(await screen.findByRole("option", { name: "Etiquetas" }));
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Guardar como segmento nuevo" }).disabled).toBe(true);
  await userEvent.click(screen.getByRole("button", { name: "Etiquetas: valor" }));
  await userEvent.click(await screen.findByRole("option", { name: "Urgente" }));
  const filter = { all: [{ field: "tags", operator: "has_any_of", value: ["tag_2"] }] };
  await waitFor(() => expect(sent("segments/contacts").at(-1)).toMatchObject({ filter }));
  await waitFor(() => expect(sent("segments/count").at(-1)).toMatchObject({ filter, after: 0 }));
  await userEvent.click(screen.getByRole("button", { name: "Guardar como segmento nuevo" }));
  await userEvent.type(await screen.findByLabelText("Nombre"), "Urgentes");
  await userEvent.click(screen.getByRole("button", { name: "Guardar" }));
  await waitFor(() => expect(request).toHaveBeenCalledWith("POST", "segments", { body: { name: "Urgentes", filter } }));
});

test("a segment that names something gone says so at the condition, and includes nobody", async () => {
  show("sg_1");
  expect(await screen.findByText(/nombra algo que ya no existe y por eso no incluye a nadie/)).toBeTruthy();
  expect(screen.getByText("Nombra algo que ya no existe.")).toBeTruthy();
  expect(sent("segments/count")).toHaveLength(0);
});

test("chosen contacts are changed together, and who could not be is told", async () => {
  show();
  await userEvent.click(await screen.findByLabelText("Elegir los contactos de la lista"));
  expect(screen.getByText("2 elegidos")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Añadir etiqueta" }));
  await userEvent.click(await screen.findByRole("option", { name: "Urgente" }));
  expect(sent("contact-bulk")).toEqual([{ contact_ids: [1, 2], action: { kind: "tag", add: ["tag_2"] } }]);
  expect(await screen.findByText("1 cambiados; 1 no se pudieron cambiar")).toBeTruthy();
  await waitFor(() => expect(screen.queryByText("2 elegidos")).toBeNull());
});

test("deleting asks first", async () => {
  show();
  await userEvent.click(await screen.findByLabelText("Elegir a Ana Vélez"));
  await userEvent.click(screen.getByRole("button", { name: "Más acciones" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Eliminar" }));
  expect(await screen.findByRole("dialog", { name: "Eliminar 1 contacto" })).toBeTruthy();
  expect(request.mock.calls.filter((call) => call[1] === "trash")).toHaveLength(0);
});

test("a contact is added with a name and a way to write to it", async () => {
  show();
  await screen.findByRole("table");
  await userEvent.click(screen.getByRole("button", { name: "Agregar contacto" }));
  const dialog = await screen.findByRole("dialog", { name: "Agregar contacto" });
  const add = within(dialog).getByRole<HTMLButtonElement>("button", { name: "Agregar" });
  await userEvent.type(within(dialog).getByLabelText("Nombre"), "Carla");
  expect(add.disabled).toBe(true);
  await userEvent.type(within(dialog).getByLabelText("Correo"), "carla@ejemplo.example");
  request.mockResolvedValueOnce({ contact: row(3, "Carla").head, created: true });
  await userEvent.click(add);
  expect(sent("contacts")).toEqual([{ by_hand: true, first_name: "Carla", last_name: "", email: "carla@ejemplo.example" }]);
});

test("without the right there is no table", () => {
  rights = false;
  show();
  expect(screen.getByText(/Este módulo es para propietarios/)).toBeTruthy();
});

test("every operator has an entry that begins as something the server knows", () => {
  for (const [kind, operators] of Object.entries(OPERATORS) as [Kind, (typeof OPERATORS)[Kind]][]) {
    for (const operator of operators) expect(entryOf(kind, operator), `${kind} ${operator}`).toBeTruthy();
  }
  expect(freshCondition("blocked", fields)).toEqual({ field: "blocked", operator: "is_equal_to", value: true });
  expect(complete({ all: [freshCondition("last_inbound_at", fields)] }, fields)).toBe(true);
  expect(complete({ all: [{ field: "custom:gone", operator: "exists" }] }, fields)).toBe(false);
  expect(both({ all: [] }, { any: [] })).toEqual({ all: [] });
});
