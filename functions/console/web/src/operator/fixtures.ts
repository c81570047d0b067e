/** What the operator sees, for the fake API and tests. */
import { RECORDS } from "../billing/fixtures";
import type { CatalogueView, CustomerDetail, CustomerList, CustomerRow } from "./api";

const row = (organization: string, name: string, over: Partial<CustomerRow> = {}): CustomerRow => ({ organization, name, status: "active", plan: "crm-1000", price: { minor: 4900, currency: "USD" }, next_debit: "2026-12-15", due_today: false, waiting_work: 0, ...over });

export const CUSTOMERS: CustomerList = {
  items: [
    row("org_2", "Clínica Andina", { status: "past_due", owes: { minor: 11385, currency: "USD" }, failing_since: "2026-11-20", plan: "crm-5000", price: { minor: 9900, currency: "USD" } }),
    row("org_1", "Grupo Ceibo"),
  ],
  recurring: { minor: 14800, currency: "USD" },
  by_status: { active: 1, past_due: 1 },
};

export const CUSTOMER: CustomerDetail = {
  row: CUSTOMERS.items[0] as CustomerRow,
  open: [{ id: "cycle-2", kind: "cycle", cycle: 2, plan: "crm-5000", from: "2026-11-20", until: "2026-12-20", net: { minor: 9900, currency: "USD" }, tax: { minor: 1485, currency: "USD" }, total: { minor: 11385, currency: "USD" }, tax_basis_points: 1500, created_at: 1_794_800_000_000, status: "open", refunded: 0 }],
  records: RECORDS,
  balance: 0,
};

export const CATALOGUE: CatalogueView = {
  catalogue: {
    version: 3, currency: "USD", setup_fee: 0, support_hour: 7000,
    plans: [
      { id: "crm-1000", table: "crm", contacts: 1000, bot_messages: 0, offered: true, prices: [{ noticed_on: "2026-01-01", minor: 4900 }] },
      { id: "bot-1000", table: "chatbot", contacts: 1000, bot_messages: 3000, offered: true, prices: [{ noticed_on: "2026-01-01", minor: 8900 }] },
    ],
  },
  issuer: { country: "EC", zone: "America/Guayaquil", tax_number: "1790011674001", legal_name: "Colibrí Software S.A.", trade_name: "Colibri", address: "Quito", establishment_address: "Quito", establishment: "001", point: "001" },
};
