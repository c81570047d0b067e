// @vitest-environment happy-dom
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../api/client";
import { WordsProvider } from "../i18n";
import { saveText } from "../people/download";
import { TipProvider } from "../ui/Tip";
import { ToastProvider } from "../ui/Toast";
import { dayIn, minorOf } from "./api";
import { CATALOGUE, CUSTOMER, CUSTOMERS } from "./fixtures";
import OperatorPage from "./OperatorPage";

vi.mock("../people/download", () => ({ saveText: vi.fn() }));
const client = { request: vi.fn() };
vi.mock("../app/session", () => ({ useSession: () => ({ client }) }));
const answers: Record<string, unknown> = {};

beforeEach(() => {
  for (const key of Object.keys(answers)) delete answers[key];
  client.request.mockImplementation(async (method: string, path: string) => {
    const place = `${method} ${path.replace("/operator/billing/", "")}`;
    const answer = place in answers ? answers[place] : { "GET customers": CUSTOMERS, "GET customers/org_2": CUSTOMER, "GET catalogue": CATALOGUE }[place];
    if (answer instanceof Error) throw answer;
    return answer;
  });
});

afterEach(() => {
  cleanup();
  vi.clearAllMocks();
});

const show = () => render(<WordsProvider locale="es"><TipProvider><ToastProvider><OperatorPage /></ToastProvider></TipProvider></WordsProvider>);
const sent = (method: string) => client.request.mock.calls.filter((call) => call[0] === method);

test("customers who owe stand first, with what they owe", async () => {
  show();
  const rows = within(await screen.findByRole("table", { name: "Clientes" })).getAllByRole("row");
  expect(rows[1]?.textContent).toContain("Clínica Andina");
  expect(rows[1]?.textContent).toContain("Debe $113,85 desde el 20 nov 2026");
  expect(screen.getByText("$148,00 por ciclo, sin impuestos.")).toBeTruthy();
});

test("a transfer is recorded for what is owed, with the bank's reference", async () => {
  answers["POST customers/org_2/transfers"] = { ...CUSTOMER, open: [] };
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Ver Clínica Andina" }));
  await userEvent.click(await screen.findByText("Registrar una transferencia"));
  await userEvent.type(screen.getByLabelText("Referencia del banco"), "BP-1");
  await userEvent.click(screen.getByRole("button", { name: "Registrar" }));
  expect(sent("POST")[0]?.[2]).toEqual({ body: { charge: "cycle-2", reference: "BP-1", paid_on: dayIn("America/Guayaquil") } });
  expect(await screen.findByText("Transferencia registrada")).toBeTruthy();
  expect(screen.queryByText("Registrar una transferencia")).toBeNull();
});

test("no more is paid back than was paid, and a refusal is told", async () => {
  answers["POST customers/org_2/refunds"] = new ApiError(409, "changed_meanwhile");
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Ver Clínica Andina" }));
  await userEvent.click(await screen.findByText("Devolver un pago"));
  await userEvent.type(screen.getByLabelText("Motivo"), "Compensación");
  await userEvent.type(screen.getByLabelText("Monto con impuestos"), "56,36");
  await userEvent.click(screen.getByRole("button", { name: "Devolver" }));
  expect(sent("POST")).toHaveLength(0);
  await userEvent.clear(screen.getByLabelText("Monto con impuestos"));
  await userEvent.type(screen.getByLabelText("Monto con impuestos"), "11,50");
  await userEvent.click(screen.getByRole("button", { name: "Devolver" }));
  expect(sent("POST")[0]?.[2]).toEqual({ body: { charge: "cycle-1", minor: 1150, reason: "Compensación", refunded_before: 0 } });
  expect((await screen.findByRole("alert")).textContent).toContain("Alguien cambió esto al mismo tiempo");
});

test("a price is announced beside the old one, and a plan is added or no longer offered", async () => {
  answers["PUT catalogue"] = { ...CATALOGUE, catalogue: { ...CATALOGUE.catalogue, version: 4 } };
  show();
  await userEvent.click(await screen.findByLabelText("Planes y precios"));
  await userEvent.type(await screen.findByLabelText("Nuevo precio de crm-1000"), "59");
  await userEvent.click(screen.getByLabelText("Se ofrece bot-1000"));
  await userEvent.type(screen.getByLabelText("Código"), "crm-5000");
  await userEvent.type(screen.getByLabelText("Contactos"), "5000");
  await userEvent.type(screen.getByLabelText("Sin impuestos"), "99,90");
  await userEvent.click(screen.getByRole("button", { name: "Agregar un plan" }));
  await userEvent.click(screen.getByRole("button", { name: "Guardar" }));
  const body = (sent("PUT")[0]?.[2] as { body: typeof CATALOGUE.catalogue }).body;
  const today = dayIn("America/Guayaquil");
  expect(body.version).toBe(3);
  expect(body.plans.map((plan) => [plan.id, plan.offered, plan.prices.at(-1)])).toEqual([
    ["crm-1000", true, { noticed_on: today, minor: 5900 }],
    ["bot-1000", false, { noticed_on: "2026-01-01", minor: 8900 }],
    ["crm-5000", true, { noticed_on: today, minor: 9990 }],
  ]);
  expect(await screen.findByText("Planes y precios guardados")).toBeTruthy();
});

test("what the issuer lacks is said at its field", async () => {
  answers["PUT issuer"] = new ApiError(400, "invalid_request", undefined, [{ pointer: "/tax_number", code: "invalid_ruc", detail: "" }]);
  show();
  await userEvent.click(await screen.findByLabelText("Quién factura"));
  await userEvent.click(await screen.findByRole("button", { name: "Guardar" }));
  expect(await screen.findByText("El RUC no es válido.")).toBeTruthy();
});

test("a month is closed as a file", async () => {
  answers["GET months/2026-11"] = "time,organization_id\r\n";
  show();
  await userEvent.click(await screen.findByLabelText("Cierre de mes"));
  const month = screen.getByLabelText<HTMLInputElement>("Mes");
  await userEvent.clear(month);
  await userEvent.type(month, "2026-11");
  await userEvent.click(screen.getByRole("button", { name: "Descargar" }));
  await vi.waitFor(() => expect(saveText).toHaveBeenCalledWith("time,organization_id\r\n", "colibri-2026-11.csv", "text/csv;charset=utf-8"));
});

test("amounts are read as people type them", () => {
  expect(["49", "49.5", "49,50", " 0 ", "1.234,5", "-1", "", "4,999"].map(minorOf)).toEqual([4900, 4950, 4950, 0, undefined, undefined, undefined, undefined]);
});

test("revenue stands month by month, the newest first, with who came and left", async () => {
  const usd = (minor: number) => ({ minor, currency: "USD" });
  answers["GET revenue"] = { items: [
    { month: "2026-10", revenue: usd(5_635), joined: 1, left: 0, customers: 1 },
    { month: "2026-11", revenue: usd(16_905), joined: 3, left: 1, customers: 3 },
  ] };
  show();
  await userEvent.click(await screen.findByRole("radio", { name: "Ingresos" }));
  const rows = within(await screen.findByRole("table", { name: "Ingresos" })).getAllByRole("row");
  expect(rows[1]?.textContent).toContain("2026$169,05313");
  expect(rows[2]?.textContent).toContain("$56,35101");
});
