// @vitest-environment happy-dom
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../api/client";
import { WordsProvider, type Locale } from "../i18n";
import SubscriptionBar from "../app/SubscriptionBar";
import { QuotaBar } from "../app/QuotaBar";
import { TipProvider } from "../ui/Tip";
import { ToastProvider } from "../ui/Toast";
import BillingPage from "./BillingPage";
import { DELETIONS, PLANS, RECORDS, VIEW } from "./fixtures";
import { numberProblem } from "./IdentityDialog";
import { leave } from "./leave";
import type { BillingView } from "./model";

vi.mock("./leave", () => ({ leave: vi.fn() }));
const client = { request: vi.fn() };
const session = { client, me: { user: { organization_id: "org_1", organization_role: "admin" as string }, workspaces: [{ id: "ws_1", name: "Muebles Ceibo", organization_id: "org_1" }] } };
vi.mock("../app/session", () => ({ useSession: () => session }));
const workspace = { quota: { used: 10, limit: 1000, waiting: 0 }, standing: { access: "full", ask: [] as string[] } };
vi.mock("../app/workspace", () => ({ useWorkspace: () => workspace }));

let view: BillingView;
const answers: Record<string, unknown> = {};

beforeEach(() => {
  view = structuredClone(VIEW);
  for (const key of Object.keys(answers)) delete answers[key];
  client.request.mockImplementation(async (method: string, path: string) => {
    const place = `${method} ${path.replace("/organizations/org_1/", "")}`;
    if (place in answers) {
      const answer = answers[place];
      if (answer instanceof Error) throw answer;
      return answer;
    }
    if (place === "GET billing") return view;
    if (place === "GET billing/plans") return PLANS;
    if (place === "GET billing/records") return RECORDS;
    if (place === "GET billing/deletions") return DELETIONS;
    throw new ApiError(404, "not_found");
  });
});

afterEach(() => {
  cleanup();
  vi.clearAllMocks();
  session.me.user.organization_role = "admin";
  Object.assign(workspace, { quota: { used: 10, limit: 1000, waiting: 0 }, standing: { access: "full", ask: [] } });
});

const wrap = (page: React.ReactElement, locale: Locale = "es") => render(<WordsProvider locale={locale} zone="America/Guayaquil"><TipProvider><ToastProvider>{page}</ToastProvider></TipProvider></WordsProvider>);
const sent = (method: string) => client.request.mock.calls.filter((call) => call[0] === method);

test("the page shows plan, price with tax, next debit, use and documents", async () => {
  wrap(<BillingPage />);
  const plan = within(await screen.findByRole("region", { name: "Plan" }));
  expect(plan.getByRole("heading").textContent).toBe("Plan CRM · 1.000 contactos");
  expect(plan.getAllByText(/\$56,35/).length).toBe(2);
  expect(plan.getByText("VISA terminada en 4242, vence 12/2035")).toBeTruthy();
  // The last minute that is in time, not the first that is too late.
  expect(plan.getByText(/12 dic 2026, 23:59/)).toBeTruthy();
  const use = within(screen.getByRole("region", { name: "Cupo de contactos" }));
  expect(use.getByRole("meter").getAttribute("aria-valuenow")).toBe("962");
  expect(use.getByText(/más del 90 %/)).toBeTruthy();
  expect(use.getByText(/3 lugares de contactos eliminados quedan libres/)).toBeTruthy();
  const documents = within(await screen.findByRole("region", { name: "Facturas y notas de crédito" }));
  expect(documents.getByText("Factura 001-001-000000007")).toBeTruthy();
  expect(documents.getByText(/^−\$11,50/)).toBeTruthy();
  const history = within(screen.getByRole("region", { name: "Historial" }));
  expect(history.getByText(/Débito rechazado: \$56,35 · sin fondos suficientes/)).toBeTruthy();
  expect(history.getByText("Alba Quishpe")).toBeTruthy();
  expect(screen.queryByText("Siguiente paso")).toBeNull();
});

test("a document is fetched by its short-lived address", async () => {
  answers["GET billing/documents/invoice-001-001-000000007?json=1&form=xml"] = { url: "https://files.example/x" };
  wrap(<BillingPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Descargar XML de 001-001-000000007" }));
  expect(leave).toHaveBeenCalledWith("https://files.example/x");
});

test("an upgrade says what it costs now, is asked for, and leads to the payment", async () => {
  answers["POST billing/plan"] = { ...view, next_step: "pay_upgrade", next_charge: "upgrade-2", links: [{ charge: "upgrade-2", kind: "upgrade", cycle: 1, from_plan: "crm-1000", plan: "crm-5000", days: 22, of_days: 30, price: PLANS.items[2]?.due_now }] };
  answers["POST billing/payments"] = { url: "https://pay.example/upgrade-2" };
  wrap(<BillingPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Cambiar de plan" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect((await dialog.findByRole("table", { name: "Planes CRM" })).textContent).toContain("$109,00 en ciclos desde el 10 ene 2027");
  expect(dialog.getAllByText("Con IVA 15 %")).toHaveLength(2);
  expect(dialog.getByText("Su plan")).toBeTruthy();
  await userEvent.click(dialog.getByRole("button", { name: "Elegir Plan CRM de 5.000 contactos" }));
  expect(dialog.getByText(/Paga ahora \$42,17 \(\$36,67 sin impuestos\)/)).toBeTruthy();
  expect(sent("POST")).toHaveLength(0);
  await userEvent.click(dialog.getByRole("button", { name: "Continuar al pago" }));
  expect(sent("POST")[0]?.slice(1)).toEqual(["/organizations/org_1/billing/plan", { body: { plan: "crm-5000" } }]);
  await vi.waitFor(() => expect(leave).toHaveBeenCalledWith("https://pay.example/upgrade-2"));
});

test("a downgrade says whether it fits before it is asked for", async () => {
  answers["POST billing/plan"] = { ...view, downgrade: { plan: PLANS.items[0]?.plan, on: "2026-12-15", fits: false } };
  wrap(<BillingPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Cambiar de plan" }));
  await userEvent.click(await screen.findByRole("button", { name: "Elegir Plan CRM de 500 contactos" }));
  expect(screen.getByText(/Hoy tiene 962 contactos y el plan es de 500: sobran 462/)).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Bajar de plan" }));
  expect(await screen.findByText(/Pidió un plan de 500 contactos desde el 15 dic 2026, pero hoy tiene 962/)).toBeTruthy();
  expect(leave).not.toHaveBeenCalled();
  answers["DELETE billing/plan"] = view;
  await userEvent.click(screen.getByRole("button", { name: "Conservar el plan actual" }));
  expect(await screen.findByText("Conserva su plan")).toBeTruthy();
});

test("the cancellation shows its deadline and its last day, and is typed", async () => {
  view.cancel_terms = { until: Date.parse("2026-12-13T05:00:00Z"), last_day: "2027-01-14", one_more_debit: true };
  answers["POST billing/cancellation"] = { ...view, status: "canceling", cancellation: { received_at: 1, via: "button", last_day: "2027-01-14", one_more_debit: true, waived: false }, cancel_terms: undefined };
  wrap(<BillingPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Dar de baja la suscripción" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(dialog.getByText(/evitaba el próximo débito hasta el 12 dic 2026, 23:59/)).toBeTruthy();
  expect(dialog.getByText(/hasta el 14 ene 2027, inclusive/)).toBeTruthy();
  expect(dialog.getByText(/Habrá un débito más, el 15 dic 2026, de \$56,35/)).toBeTruthy();
  const button = dialog.getByRole("button", { name: "Dar de baja la suscripción" });
  expect(button).toHaveProperty("disabled", true);
  await userEvent.type(dialog.getByLabelText("Escriba BAJA para confirmar"), "BAJA");
  await userEvent.click(button);
  expect(sent("POST")[0]?.[2]).toEqual({ body: { word: "BAJA" } });
  expect(await screen.findByText("Baja pedida")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Anular la baja" })).toBeTruthy();
});

test("billing data are checked before they are sent, and the API's word stands at its field", async () => {
  wrap(<BillingPage />);
  await userEvent.click(within(await screen.findByRole("region", { name: "Datos de facturación" })).getByRole("button", { name: "Cambiar" }));
  const number = await screen.findByLabelText("Número");
  await userEvent.clear(number);
  await userEvent.type(number, "1790011674000");
  await userEvent.click(screen.getByRole("button", { name: "Guardar" }));
  expect(sent("PUT")).toHaveLength(0);
  expect(screen.getByText(/no pueden ser 000/)).toBeTruthy();
  await userEvent.clear(number);
  await userEvent.type(number, "1790011674001");
  answers["PUT billing/identity"] = new ApiError(400, "invalid_request", undefined, [{ pointer: "/address", code: "required", detail: "" }]);
  await userEvent.click(screen.getByRole("button", { name: "Guardar" }));
  expect(await screen.findByText("Escriba un valor.")).toBeTruthy();
  answers["PUT billing/identity"] = view;
  await userEvent.click(screen.getByRole("button", { name: "Guardar" }));
  expect(await screen.findByText("Datos de facturación guardados")).toBeTruthy();
});

test("the number's rules are those of the API", () => {
  for (const [kind, number, code] of [
    ["cedula", "1710034065", undefined], ["cedula", "171003406-5", undefined], ["cedula", "1710034064", "wrong_check_digit"],
    ["cedula", "2510034065", "unknown_province"], ["ruc", "1790011674001", undefined], ["ruc", "1790011674000", "no_establishment"],
    ["ruc", "17900116740", "not_thirteen_digits"], ["passport", "AB 1234", undefined], ["passport", "A", "not_4_to_20_letters"], ["final_consumer", "", undefined],
  ] as const) expect([kind, number, numberProblem(kind, number)]).toEqual([kind, number, code]);
});

test("before the first payment the one next step leads, and a refusal is said in words", async () => {
  view = { ...view, status: "pending_first_payment", price: null, period: null, next_debit: null, cancel_terms: null, card: null, next_step: "pay_first", next_charge: "first-1", links: [{ charge: "first-1", kind: "cycle", cycle: 0, plan: "crm-1000", from: "2026-11-15", until: "2026-12-15", price: VIEW.price as NonNullable<typeof VIEW.price> }] };
  answers["POST billing/payments"] = new ApiError(422, "payments_unavailable");
  wrap(<BillingPage />);
  const step = within(await screen.findByRole("region", { name: "Siguiente paso" }));
  expect(step.getByText(/Pague el primer ciclo: \$56,35/)).toBeTruthy();
  await userEvent.click(step.getByRole("button", { name: "Pagar" }));
  expect(await screen.findByText(/El proveedor de pagos no abrió su página/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Dar de baja la suscripción" })).toBeNull();
});

test("who only reads changes nothing, and who may not is told", async () => {
  view.may_change = false;
  wrap(<BillingPage />);
  await screen.findByRole("region", { name: "Plan" });
  expect(screen.queryByRole("button", { name: "Cambiar de plan" })).toBeNull();
  cleanup();
  answers["GET billing"] = new ApiError(403, "forbidden");
  wrap(<BillingPage />);
  expect((await screen.findByRole("alert")).textContent).toContain("Su nivel de acceso no lo permite.");
});

test("where nothing is sold, and when the API is away, the page says so", async () => {
  view = { ...view, plan: null, price: null, status: "setup_pending", next_step: "nothing_for_sale" };
  wrap(<BillingPage />, "en");
  expect(await screen.findByText(/does not offer plans yet/)).toBeTruthy();
  cleanup();
  answers["GET billing"] = new ApiError(0, "offline");
  wrap(<BillingPage />, "en");
  delete answers["GET billing"];
  await userEvent.click(await screen.findByRole("button", { name: "Retry" }));
  expect(await screen.findByText(/does not offer plans yet/)).toBeTruthy();
});

test("the bar names the next step to who pays, and to everybody else whom to ask", async () => {
  view = { ...view, status: "past_due", next_step: "pay_due", next_charge: "cycle-2", due: { charge: "cycle-2", price: VIEW.price as NonNullable<typeof VIEW.price>, tried: 1, freezes_on: "2026-12-22" } };
  wrap(<SubscriptionBar hidden={false} />);
  expect(await screen.findByText(/fue rechazado\. Pague \$56,35/)).toBeTruthy();
  expect(screen.getByRole("link", { name: "Ver la suscripción" }).getAttribute("href")).toBe("/settings/billing");
  cleanup();
  session.me.user.organization_role = "member";
  client.request.mockClear();
  wrap(<SubscriptionBar hidden={false} />);
  expect(screen.queryByText(/suspendido/)).toBeNull();
  cleanup();
  workspace.standing = { access: "frozen", ask: ["Alba", "Elena"] };
  wrap(<SubscriptionBar hidden={false} />);
  expect(screen.getByText(/suspendido por falta de pago: se reciben mensajes y no se envían. Avise a Alba o Elena/)).toBeTruthy();
  expect(client.request).not.toHaveBeenCalled();
});

test("a full quota tells who waits and leads to the subscription", () => {
  workspace.quota = { used: 1000, limit: 1000, waiting: 14 };
  wrap(<QuotaBar hidden={false} />);
  expect(screen.getByText(/14 personas le escribieron y no pueden entrar\./)).toBeTruthy();
  expect(screen.getByRole("link", { name: "Ver la suscripción" })).toBeTruthy();
});

test("an order to delete contacts is asked for, shown with its dates, and typed", async () => {
  const asked = { ...DELETIONS.items[0], order: { ...DELETIONS.items[0]?.order, status: "requested", id: "ord_2" } };
  answers["POST billing/deletions"] = asked;
  answers["POST billing/deletions/ord_2/confirm"] = asked;
  wrap(<BillingPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Pedir una orden de eliminación" }));
  await userEvent.click(await screen.findByRole("button", { name: "Continuar" }));
  expect(sent("POST")[0]?.[2]).toEqual({ body: { workspace_id: "ws_1", writers_too: false } });
  const dialog = within(await screen.findByRole("dialog"));
  expect(await dialog.findByText(/Se eliminan hasta 487 contactos de Muebles Ceibo/)).toBeTruthy();
  expect(dialog.getByText("Empieza el 30 nov 2026, 22:00. Hasta ese momento puede anularla.")).toBeTruthy();
  expect(dialog.getByText(/quedan libres el 1 dic 2026. Un plan menor puede empezar el 15 dic 2026/)).toBeTruthy();
  const button = dialog.getByRole("button", { name: "Confirmar la orden" });
  expect(button).toHaveProperty("disabled", true);
  await userEvent.type(dialog.getByLabelText("Escriba ELIMINAR para confirmar"), "ELIMINAR");
  await userEvent.click(button);
  expect(sent("POST")[1]?.[2]).toEqual({ body: { word: "ELIMINAR" } });
  expect(await screen.findByText("Orden confirmada")).toBeTruthy();
});

test("an order is taken back while it waits, and its certificate stays", async () => {
  answers["DELETE billing/deletions/ord_1"] = new ApiError(422, "too_late");
  wrap(<BillingPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Anular la orden de Muebles Ceibo" }));
  expect(await screen.findByText("La orden ya empezó y no se puede anular.")).toBeTruthy();
  cleanup();
  const done = { ...DELETIONS.items[0], cancelable: false, tally: { deleted: 480, spared: [3, 9], absent: 5 }, certificate: { executed_at: Date.parse("2026-12-01T03:04:00Z"), backups_until: "2027-01-04" } };
  answers["GET billing/deletions"] = { ...DELETIONS, items: [{ ...done, order: { ...DELETIONS.items[0]?.order, status: "executed" } }] };
  session.me.user.organization_role = "billing_admin";
  wrap(<BillingPage />);
  expect(await screen.findByText(/480 eliminados, 2 conservados porque escribieron, 5 que ya no existían; terminó el 30 nov 2026, 22:04. Las copias de seguridad los contienen hasta el 4 ene 2027/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Pedir una orden de eliminación" })).toBeNull();
});

test("an order of a segment names it, and says who goes", async () => {
  answers["GET /console/ws_1/segments"] = { items: [{ id: "sg_1", name: "Sin correo" }] };
  const asked = { ...DELETIONS.items[0], order: { ...DELETIONS.items[0]?.order, status: "requested", contacts: 12 }, choice: { kind: "segment", segment: "sg_1", name: "Sin correo", contacts: [] } };
  answers["POST billing/deletions"] = asked;
  wrap(<BillingPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Pedir una orden de eliminación" }));
  const dialog = within(await screen.findByRole("dialog"));
  await userEvent.selectOptions(await dialog.findByLabelText("Contactos"), "Segmento Sin correo");
  expect(dialog.getByText(/los contactos que estén en el segmento al confirmar/)).toBeTruthy();
  await userEvent.click(dialog.getByRole("button", { name: "Continuar" }));
  expect(sent("POST")[0]?.[2]).toEqual({ body: { workspace_id: "ws_1", writers_too: false, segment_id: "sg_1" } });
});

test("before the first payment everybody is told why no channel is connected", () => {
  session.me.user.organization_role = "member";
  workspace.standing = { access: "setup", ask: ["Alba"] };
  wrap(<SubscriptionBar hidden={false} />);
  expect(screen.getByText("La suscripción aún no está activa: los canales se conectan después del primer pago. Avise a Alba.")).toBeTruthy();
});
