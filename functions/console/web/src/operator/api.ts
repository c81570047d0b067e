/** What whoever runs the installation asks the API. */
import { useCallback } from "react";
import type { Method } from "../api/client";
import type { components } from "../api/schema";
import { useSession } from "../app/session";

type Schemas = components["schemas"];
export type Catalogue = Schemas["Catalogue"];
export type CatalogueView = Schemas["CatalogueView"];
export type Plan = Schemas["Plan"];
export type Issuer = Schemas["Issuer"];
export type CustomerList = Schemas["CustomerList"];
export type RevenueList = Schemas["RevenueList"];
export type CustomerRow = Schemas["CustomerRow"];
export type CustomerDetail = Schemas["CustomerDetail"];

export function useOperator(): { request: <T>(method: Method, path: string, body?: unknown) => Promise<T>; text: (path: string) => Promise<string> } {
  const { client } = useSession();
  const request = useCallback(<T,>(method: Method, path: string, body?: unknown) => client.request<T>(method, `/operator/billing/${path}`, body === undefined ? {} : { body }), [client]);
  const text = useCallback((path: string) => client.request<string>("GET", `/operator/billing/${path}`, { text: true }), [client]);
  return { request, text };
}

/** The minor units of a typed amount such as `49`, `49.5` or `49,50`; nothing for what is no amount. */
export function minorOf(typed: string): number | undefined {
  const found = /^\s*(\d{1,7})(?:[.,](\d{1,2}))?\s*$/.exec(typed);
  return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : undefined;
}

/** Minor units as they are typed. */
export const typedOf = (minor: number): string => (minor / 100).toFixed(2);

/** The day that it is in a zone, as the API writes it. */
export const dayIn = (zone: string, at: number = Date.now()): string => new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
