/** What the API tells of a subscription, and how amounts and days are written. */
import { useCallback, useMemo } from "react";
import type { Method } from "../api/client";
import type { components } from "../api/schema";
import { useSession } from "../app/session";
import { useWords } from "../i18n";

type Schemas = components["schemas"];
export type BillingView = Schemas["BillingView"];
export type PlanList = Schemas["PlanList"];
export type PlanOffer = Schemas["PlanOffer"];
export type PlanView = Schemas["PlanView"];
export type PriceView = Schemas["PriceView"];
export type Money = Schemas["Money"];
export type Identity = Schemas["BillingIdentity"];
export type BillingRecords = Schemas["BillingRecords"];
export type HistoryView = Schemas["HistoryView"];
export type DocumentView = Schemas["DocumentView"];

/** Who sees the subscription of his organization. */
export function seesBilling(role: string | undefined): boolean {
  return role === "admin" || role === "billing_admin";
}

/** Decimal places of a currency's minor unit. */
const decimals = (currency: string) => (currency === "CLP" ? 0 : 2);

export interface Written {
  money: (amount: Money) => string;
  /** A day without a time, as the calendar has it. */
  civil: (day: string) => string;
  /** A moment in the organization's zone. */
  moment: (at: number) => string;
}

/** Amounts in their currency and days in the organization's zone. */
export function useWritten(zone: string | undefined): Written {
  const { region } = useWords();
  return useMemo(() => {
    const day = new Intl.DateTimeFormat(region, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
    const moment = new Intl.DateTimeFormat(region, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(zone ? { timeZone: zone } : {}) });
    return {
      money: ({ minor, currency }) => new Intl.NumberFormat(region, { style: "currency", currency }).format(minor / 10 ** decimals(currency)),
      civil: (text) => day.format(Date.parse(`${text}T00:00:00Z`)),
      moment: (at) => moment.format(at),
    };
  }, [region, zone]);
}

/** Requests below the organization of who is signed in. */
export function useOrganization(): { id: string | undefined; request: <T>(method: Method, path: string, body?: unknown) => Promise<T> } {
  const { client, me } = useSession();
  const id = me?.user.organization_id;
  const request = useCallback(<T,>(method: Method, path: string, body?: unknown) => client.request<T>(method, `/organizations/${encodeURIComponent(id ?? "")}/${path}`, body === undefined ? {} : { body }), [client, id]);
  return { id, request };
}

/** `15` or `12.5` of hundredths of a percent. */
export const percent = (points: number): string => String(points / 100);
