// @vitest-environment happy-dom
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactElement } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { ApiError } from "../api/client";
import { WordsProvider } from "../i18n";
import { TipProvider } from "../ui/Tip";
import { ToastProvider } from "../ui/Toast";
import FieldsPage from "./FieldsPage";
import GeneralPage from "./GeneralPage";
import StagesPage from "./StagesPage";
import TagsPage from "./TagsPage";

const request = vi.fn();
const reload = vi.fn(async () => undefined);
const workspace = {
  workspace: { id: "ws_1", name: "Ceibo", timezone: "America/Guayaquil", country: "EC", closing_note_mode: "optional" },
  tags: [{ id: "tag_1", name: "Mayorista", emoji: "🏢", color: "gray" }],
  fields: [{ id: "fd_1", slug: "ciudad", name: "Ciudad", type: "list", options: ["Quito", "Loja"] }, { id: "fd_2", slug: "vip", name: "VIP", type: "checkbox", hidden: true }],
  stages: [{ id: "st_1", name: "Interesado", position: 0 }, { id: "st_2", name: "Cliente", position: 1 }],
};
vi.mock("../app/workspace", () => ({ useWorkspace: () => ({ ...workspace, request, reload, may: () => true }) }));

afterEach(() => {
  cleanup();
  request.mockReset();
});

const show = (page: ReactElement) => render(<WordsProvider locale="es" zone="America/Guayaquil"><TipProvider><ToastProvider>{page}</ToastProvider></TipProvider></WordsProvider>);
const sent = (method: string) => request.mock.calls.filter((call) => call[0] === method);

test("a tag says how many have it before it goes", async () => {
  request.mockImplementation(async (_: string, path: string) => (path === "segments/count" ? { matched: 12, seen: 500, up_to: 500, last: 500 } : {}));
  show(<TagsPage />);
  await userEvent.click(screen.getByRole("button", { name: "Cambiar la etiqueta Mayorista" }));
  await userEvent.click(screen.getByRole("button", { name: "Eliminar etiqueta" }));
  expect(await screen.findByText(/12 contactos la tienen/)).toBeTruthy();
  expect(sent("DELETE")).toHaveLength(0);
  await userEvent.click(screen.getByRole("button", { name: "Sí, eliminar" }));
  expect(sent("DELETE")[0]?.[1]).toBe("tags/tag_1");
});

test("a tag is made with its colour; a name that is taken is said at the name", async () => {
  request.mockRejectedValue(new ApiError(409, "name_taken"));
  show(<TagsPage />);
  await userEvent.click(screen.getByRole("button", { name: "Nueva etiqueta" }));
  await userEvent.type(screen.getByLabelText("Nombre"), "mayorista");
  await userEvent.click(screen.getByLabelText("Rojo"));
  await userEvent.click(screen.getByRole("button", { name: "Guardar" }));
  expect(sent("POST")[0]).toEqual(["POST", "tags", { body: { name: "mayorista", color: "red", description: "" } }]);
  expect(await screen.findByText("Este nombre ya está en uso.")).toBeTruthy();
});

test("a field's type is chosen once, and a list has its options", async () => {
  request.mockResolvedValue({ items: [] });
  show(<FieldsPage />);
  await userEvent.click(screen.getByRole("button", { name: "Nuevo campo" }));
  await userEvent.type(screen.getByLabelText("Nombre"), "Color");
  await userEvent.selectOptions(screen.getByLabelText("Tipo"), "list");
  await userEvent.type(screen.getByLabelText("Opciones, una por línea"), "Rojo\n\n Azul ");
  await userEvent.click(screen.getByRole("button", { name: "Guardar" }));
  expect(sent("POST")[0]).toEqual(["POST", "fields", { body: { name: "Color", description: "", hidden: false, options: ["Rojo", "Azul"], type: "list" } }]);
});

test("a known field keeps type and identifier", async () => {
  show(<FieldsPage />);
  await userEvent.click(screen.getByRole("button", { name: "Cambiar el campo Ciudad" }));
  const dialog = screen.getByRole("dialog", { name: "Ciudad" });
  expect(within(dialog).queryByLabelText("Tipo")).toBeNull();
  expect(within(dialog).getByText("Lista · ciudad")).toBeTruthy();
});

test("the order is changed by steps, and its ends go no further", async () => {
  request.mockResolvedValue({ items: [] });
  show(<StagesPage />);
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Subir Interesado" }).disabled).toBe(true);
  await userEvent.click(screen.getByRole("button", { name: "Subir Cliente" }));
  expect(sent("PUT")[0]).toEqual(["PUT", "stages", { body: { ids: ["st_2", "st_1"] } }]);
  expect(reload).toHaveBeenCalled();
});

test("the workspace's own facts are saved together", async () => {
  request.mockResolvedValue({});
  show(<GeneralPage />);
  await userEvent.clear(screen.getByLabelText("Nombre del espacio de trabajo"));
  await userEvent.type(screen.getByLabelText("Nombre del espacio de trabajo"), "Muebles Ceibo");
  await userEvent.selectOptions(screen.getByLabelText("País"), "PE");
  await userEvent.selectOptions(screen.getByLabelText("Al cerrar una conversación"), "mandatory_both");
  await userEvent.click(screen.getByRole("button", { name: "Guardar" }));
  expect(sent("PATCH")[0]).toEqual(["PATCH", "workspace", { body: { name: "Muebles Ceibo", timezone: "America/Guayaquil", country: "PE", closing_note_mode: "mandatory_both" } }]);
  expect(await screen.findByText("Cambios guardados")).toBeTruthy();
});
