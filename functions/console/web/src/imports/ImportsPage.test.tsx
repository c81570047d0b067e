// @vitest-environment happy-dom
import { cleanup, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { ApiError } from "../api/client";
import { WordsProvider } from "../i18n";
import { TipProvider } from "../ui/Tip";
import { ToastProvider } from "../ui/Toast";
import ImportsPage from "./ImportsPage";
import { missing, undoable, type Import } from "./model";

const request = vi.fn();
const workspace = { tags: [{ id: "tag_1", name: "Feria", color: "teal" }], fields: [{ id: "fd_1", slug: "ciudad", name: "Ciudad", type: "text" }], user: () => ({ name: "Alba Quishpe" }), reload: async () => undefined };
vi.mock("../app/workspace", () => ({ useWorkspace: () => ({ ...workspace, request }) }));
vi.mock("../media/upload", () => ({ uploadFile: async () => "file_1" }));

afterEach(() => {
  cleanup();
  request.mockReset();
});

const NONE = { added: 0, updated: 0, skipped: 0, failed: 0 };
const made = (over: Partial<Import>): Import => ({ id: "imp_1", name: "clientes.csv", purpose: "add", by: "us_1", at: Date.now(), state: "completed", rows: 10, done: 10, counts: { ...NONE, added: 7, failed: 3 }, undone: NONE, tags: [], result: "file_r", ...over });
const PREVIEW = { rows: 2, columns: [{ index: 0, header: "Nombre", twice: false, target: "first_name", samples: ["Ana"] }, { index: 1, header: "Celular", twice: false, target: "phone", samples: ["0991234567"] }, { index: 2, header: "Ciudad", twice: true, target: "custom:ciudad", samples: [] }] };
const show = () => render(<WordsProvider locale="es" zone="America/Guayaquil"><TipProvider><ToastProvider><ImportsPage /></ToastProvider></TipProvider></WordsProvider>);
const upload = async (text: string) => userEvent.upload(await screen.findByLabelText("Elegir archivo", { selector: "input" }), new File([text], "clientes.csv", { type: "text/csv" }));

test("a file becomes an import in three steps", async () => {
  request.mockImplementation(async (method: string, path: string) => (path === "imports/preview" ? PREVIEW : method === "POST" ? { import: made({ state: "queued", done: 0, counts: NONE, result: null }) } : { items: [] }));
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Importar contactos" }));
  await upload("Nombre,Celular,Ciudad\n");
  const phone = await screen.findByLabelText<HTMLSelectElement>("La columna Celular va a");
  expect(phone.value).toBe("phone");
  expect(screen.getByText("Este título está repetido.")).toBeTruthy();
  await userEvent.selectOptions(phone, "");
  expect(screen.getByText(/Falta la columna del teléfono/)).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Seguir" }).disabled).toBe(true);
  await userEvent.selectOptions(phone, "phone");
  await userEvent.click(screen.getByLabelText("No reemplazar los valores de Nombre que ya existen"));
  await userEvent.click(screen.getByRole("button", { name: "Seguir" }));
  await userEvent.click(screen.getByLabelText("Feria"));
  await userEvent.click(screen.getByRole("button", { name: "Importar 2 filas" }));
  await waitFor(() => expect(request).toHaveBeenCalledWith("POST", "imports", { body: {
    file_id: "file_1", purpose: "add_and_update", identifier: "phone", tags: ["tag_1"],
    columns: [{ index: 0, target: "first_name", keep: true }, { index: 1, target: "phone", keep: false }, { index: 2, target: "custom:ciudad", keep: false }],
  } }));
  expect(await screen.findByText("En espera")).toBeTruthy();
  expect(screen.getByRole("progressbar", { name: "0 de 10 filas" })).toBeTruthy();
});

test("a file that is no table is refused in words", async () => {
  request.mockImplementation(async (_: string, path: string) => {
    if (path === "imports/preview") throw new ApiError(400, "invalid_request", "", [{ pointer: "/file_id", code: "broken_quotes", detail: "" }]);
    return { items: [] };
  });
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Importar contactos" }));
  await upload("x");
  expect(await screen.findByText("Hay comillas que se abren y no se cierran.")).toBeTruthy();
});

test("what was truly written is told, and taking it back asks first", async () => {
  request.mockImplementation(async (method: string) => (method === "GET" ? { items: [made({})] } : { import: made({ state: "undoing" }) }));
  show();
  expect(await screen.findByText("Terminada · 7 agregados · 3 con error")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Deshacer la importación de clientes.csv" }));
  const dialog = await screen.findByRole("dialog", { name: "Deshacer clientes.csv" });
  expect(request.mock.calls.some((call) => call[1] === "imports/imp_1/undo")).toBe(false);
  await userEvent.click(within(dialog).getByRole("button", { name: "Deshacer" }));
  expect(request).toHaveBeenCalledWith("POST", "imports/imp_1/undo");
});

test("what is missing before an import may begin", () => {
  const at = (target: string) => ({ index: 0, target, keep: false });
  expect(missing([], "add", "phone")).toBe("import.none_mapped");
  expect(missing([at("phone")], "add", "phone")).toBe("import.first_name_needed");
  expect(missing([at("phone")], "update", "phone")).toBeUndefined();
  expect(missing([at("first_name")], "add_all", "phone")).toBeUndefined();
  expect(missing([at("first_name")], "add", "email")).toBe("import.needs_email");
  expect(undoable(made({ at: Date.now() - 31 * 86_400_000 }), Date.now())).toBe(false);
  expect(undoable(made({ counts: NONE }), Date.now())).toBe(false);
});
