/** A subscription as the API shows it, for the fake API and tests. */
import type { components } from "../api/schema";
import type { BillingRecords, BillingView, Money, PlanList, PriceView } from "./model";

const usd = (minor: number): Money => ({ minor, currency: "USD" });
const taxed = (minor: number): PriceView => ({ net: usd(minor), tax: usd(Math.round(minor * 0.15)), total: usd(minor + Math.round(minor * 0.15)), tax_name: "IVA", tax_basis_points: 1500 });
const plan = (id: string, table: "crm" | "chatbot", contacts: number, bot_messages = 0) => ({ id, table, contacts, bot_messages });

export const VIEW: BillingView = {
  status: "active", access: "full", zone: "America/Guayaquil", country: "EC",
  plan: plan("crm-1000", "crm", 1000), price: taxed(4900),
  period: { from: "2026-11-15", until: "2026-12-15" },
  next_debit: { on: "2026-12-15", plan: "crm-1000", price: taxed(4900) },
  links: [],
  cancel_terms: { until: Date.parse("2026-12-13T05:00:00Z"), last_day: "2026-12-14", one_more_debit: false },
  card: { brand: "visa", last4: "4242", expires: [12, 2035] },
  identity: { kind: "ruc", number: "1790011674001", legal_name: "Ceibo Muebles S.A.", address: "Av. Amazonas, Quito", email: "pagos@ceibo.example", country: "EC", government: false },
  usage: { used: 962, limit: 1000, freed: 3, freed_at: Date.parse("2026-12-01T05:00:00Z"), level: "very_high", bot_messages: 0 },
  waiting: { people: 0 },
  next_step: "none", may_change: true,
};

export const PLANS: PlanList = {
  items: [
    { plan: plan("crm-500", "crm", 500), price: taxed(2900), action: "downgrade", starts_on: "2026-12-15", fits: false, asked: false },
    { plan: plan("crm-1000", "crm", 1000), price: taxed(4900), action: "current", fits: true, asked: false },
    { plan: plan("crm-5000", "crm", 5000), price: taxed(9900), next_price: { from: "2027-01-10", price: taxed(10900) }, action: "upgrade", due_now: taxed(3667), fits: true, asked: false },
    { plan: plan("bot-1000", "chatbot", 1000, 3000), price: taxed(8900), action: "upgrade", due_now: taxed(2933), fits: true, asked: false },
  ],
  support_hour: taxed(7000),
};

export const RECORDS: BillingRecords = {
  documents: [
    { id: "credit-note-001-001-000000001", number: "001-001-000000001", credit_of: "001-001-000000007", issued_on: "2026-11-16", issued_at: 1_794_800_000_000, text: "Plan CRM crm-1000", net: usd(1000), tax: usd(150), total: usd(1150), charge: "first-1", authorization: { state: "authorized", at: 1_794_800_000_000, number: "1" }, ready: true, xml: true },
    { id: "invoice-001-001-000000007", number: "001-001-000000007", issued_on: "2026-11-15", issued_at: 1_794_718_800_000, text: "Plan CRM crm-1000, del 15/11/2026 al 14/12/2026", net: usd(4900), tax: usd(735), total: usd(5635), charge: "cycle-1", authorization: { state: "authorized", at: 1_794_718_800_000, number: "1" }, ready: true, xml: true },
  ],
  charges: [{ id: "cycle-1", kind: "cycle", cycle: 1, plan: "crm-1000", from: "2026-11-15", until: "2026-12-15", total: usd(5635), created_at: 1_794_718_800_000, status: "paid", paid_by: "stripe", last4: "4242", invoice: "001-001-000000007", refunded: 0 }],
  history: [
    { at: 1_794_718_900_000, event: "paid", charge: "cycle-1", provider: "stripe", last4: "4242" },
    { at: 1_794_718_850_000, event: "payment_failed", charge: "cycle-1", reason: "insufficient_funds", tried: 1 },
    { at: 1_792_000_000_000, by: "Alba Quishpe", event: "plan_chosen", plan: "crm-1000" },
  ],
};

export const DELETIONS: components["schemas"]["DeletionList"] = {
  items: [{
    order: { id: "ord_1", workspace: "ws_1", by: "us_1", status: "scheduled", requested_at: 1_794_800_000_000, confirmed_at: 1_794_800_100_000, contacts: 487, writers_too: false, runs_at: Date.parse("2026-12-01T03:00:00Z"), reminded: false },
    choice: { kind: "everything", until: 487 }, zone: "America/Guayaquil", cancelable: true,
  }],
  forecast: { runs_at: Date.parse("2026-12-01T03:00:00Z"), free_from: "2026-12-01", downgrade_on: "2026-12-15" },
};
