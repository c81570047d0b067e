/**
 * Answers the console's requests inside the page, for looking at it without a server: `npm run dev:fake`, with `?fake=empty|out|many`.
 * With `many` there are 5,000 conversations, and the first has 10,000 messages.
 * Never part of a build: only the development server adds it to the page.
 */
import type { ContactHead } from "../api/types";
import { installCheck, webchat, WEBCHAT_CHANNEL } from "./webchat";
import { DELETIONS, PLANS, RECORDS, VIEW } from "../billing/fixtures";
import { CATALOGUE, CUSTOMER, CUSTOMERS } from "../operator/fixtures";
import { BUNDLE, CHANNEL, FILES, heads, ME, NOTIFICATIONS, past, TEMPLATES, timeline } from "./demo-data";

const mode = new URLSearchParams(location.search).get("fake") ?? sessionStorage.getItem("fake") ?? "";
sessionStorage.setItem("fake", mode);
const SEGMENTS = [{ id: "sg_1", name: "Quito con presupuesto mayor a 800", version: 1, filter: { all: [{ field: "custom:ciudad", operator: "is_equal_to", value: "Quito" }, { field: "custom:presupuesto", operator: "is_greater_than", value: 800 }] } }, { id: "sg_2", name: "Sin escribir en más de 30 días", version: 1, filter: { all: [{ field: "last_inbound_at", operator: "is_greater_than", value: { amount: 30, unit: "days" } }] } }];
const empty = mode === "empty";
let signedIn = mode !== "out";
const contacts = new Map(heads(empty ? 0 : mode === "many" ? 5000 : 487).map((one) => [one.id, one]));
const timelines = new Map<number, object[]>();
const channels = empty ? [] : [CHANNEL, WEBCHAT_CHANNEL];
let next = 9_000_000;

const sockets = new Set<FakeSocket>();
const push = (frame: object) => sockets.forEach((one) => one.onmessage?.({ data: JSON.stringify(frame) }));

class FakeSocket {
  static readonly OPEN = 1;
  readyState = 0;
  onopen?: () => void;
  onclose?: () => void;
  onmessage?: (event: { data: string }) => void;
  constructor() {
    setTimeout(() => {
      this.readyState = 1;
      sockets.add(this);
      this.onopen?.();
    }, 20);
  }
  send() {
    this.onmessage?.({ data: '{"type":"pong"}' });
  }
  close() {
    this.readyState = 3;
    sockets.delete(this);
    this.onclose?.();
  }
}

function change(id: number, over: Partial<ContactHead>): ContactHead {
  const held = contacts.get(id);
  if (!held) throw new Refusal(404, "not_found");
  const made = { ...held, ...over, version: held.version + 1 };
  contacts.set(id, made);
  setTimeout(() => push({ type: "head", head: made }), 30);
  return made;
}

class Refusal extends Error {
  constructor(readonly status: number, readonly code: string) {
    super(code);
  }
}

function said(id: number): object[] {
  const one = contacts.get(id);
  if (!one) throw new Refusal(404, "not_found");
  let held = timelines.get(id);
  if (!held) timelines.set(id, (held = [...(mode === "many" && id === 1 ? past(one, 10_000) : []), ...timeline(one)]));
  return held;
}

function list(query: URLSearchParams): object {
  const plain = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const search = plain(query.get("search") ?? "");
  const inbox = query.get("inbox") ?? "all";
  const found = [...contacts.values()].filter((one) => {
    if (search) return plain(`${one.name} ${one.phone ?? ""} ${one.email ?? ""}`).includes(search);
    if (one.status !== (query.get("status") ?? "open")) return false;
    if (inbox === "mine" && one.assignee !== "us_1") return false;
    if (inbox === "unassigned" && one.assignee !== null) return false;
    return (!query.has("unreplied") || one.unreplied) && (!query.has("failed") || one.failed > 0);
  });
  found.sort((a, b) => (query.get("order") === "oldest" ? a.sorted_at - b.sorted_at : b.sorted_at - a.sorted_at));
  return page(found, query);
}

function page(all: object[], query: URLSearchParams): object {
  const from = Number(query.get("cursor") ?? 0);
  const size = Number(query.get("limit") ?? 50);
  return { items: all.slice(from, from + size), ...(from + size < all.length ? { next_cursor: String(from + size) } : {}) };
}

function send(id: number, body: { contact_channel_id?: string; content: { kind: string; text?: string } }): object {
  const at = Date.now();
  const message = { item: "message", id: (next += 1), contact_id: id, contact_channel_id: body.contact_channel_id ?? `co_${id}`, channel_id: "ch_1", traffic: "outgoing", at, received_at: at, content: body.content, sender: { source: "user", user_id: "us_1" }, state: "pending", statuses: [], reactions: [], version: 1 };
  said(id).push(message);
  ["sent", "delivered", "read"].forEach((state, index) => setTimeout(() => push({ type: "item", contact_id: id, version: index + 2, item: { ...message, state, version: index + 2 } }), 800 * (index + 1)));
  const head = change(id, { unreplied: false, unread: 0, sorted_at: at, assignee: contacts.get(id)?.assignee ?? "us_1", last_message: { id: message.id, at, traffic: "outgoing", kind: body.content.kind, preview: body.content.text ?? "", channel_id: "ch_1", state: "sent" } as NonNullable<ContactHead["last_message"]> });
  return { message, head };
}

/** The answer to a request below a workspace. */
function inWorkspace(method: string, path: string, query: URLSearchParams, body: Record<string, unknown>): unknown {
  const [area, id, verb, part] = path.split("/");
  if (part === "identity") return { secret: `whs_${method === "POST" ? "9b" : "4f"}c2d7e1a8f3b6054d9e` };
  if (part === "install-check") return installCheck(String(body["url"]));
  const contact = Number(id);
  const route = `${method} ${area}${verb ? `/*/${verb}` : id ? "/*" : ""}`;
  switch (route) {
    case "GET workspace": return { ...BUNDLE, channels, quota: empty ? { used: 0, limit: 500 } : BUNDLE.quota };
    case "POST sockets": return { ticket: "t", url: "wss://fake.example" };
    case "GET contacts": return list(query);
    case "POST contacts": return { contact: contacts.get(1), created: false };
    case "GET contacts/*":
      if (id === "counts") {
        const open = [...contacts.values()].filter((one) => one.status === "open");
        return { all: open.length, mine: open.filter((one) => one.assignee === "us_1").length, unassigned: open.filter((one) => one.assignee === null).length };
      }
      if (!contacts.has(contact)) throw new Refusal(404, "not_found");
      return { head: contacts.get(contact), profile: { country: "EC", language: "es", fields: { ciudad: "Quito", presupuesto: 800, promociones: true }, created_source: "channel" } };
    case "PATCH contacts/*": return { head: change(contact, {}), profile: { country: "EC", language: "es", fields: {}, created_source: "channel" } };
    case "POST contacts/*/read": return { head: change(contact, { unread: 0 }) };
    case "POST contacts/*/unread": return { head: change(contact, { unread: 1 }) };
    case "POST contacts/*/block": return { head: change(contact, { blocked: true }) };
    case "POST contacts/*/unblock": return { head: change(contact, { blocked: false }) };
    case "GET contacts/*/activity": return { items: said(contact).filter((one) => (one as { item: string }).item === "activity").reverse() };
    case "GET merges/*/suggestions": return { items: [...contacts.values()].filter((one) => one.id !== contact && one.id < 4).slice(0, 1).map((one) => ({ contact: one, value: one.phone ?? "" })) };
    case "POST conversations/*/assign": return { head: change(contact, { assignee: body["user_id"] as string | null }) };
    case "POST conversations/*/open": return { head: change(contact, { status: "open" }) };
    case "POST conversations/*/close": return { head: change(contact, { status: "closed", unreplied: false }) };
    case "GET messages/*": return { head: contacts.get(contact), ...page([...said(contact)].reverse(), query) };
    case "POST messages/*": return send(contact, body as Parameters<typeof send>[1]);
    case "POST comments/*": return { comment: { id: (next += 1), contact_id: contact, author: { source: "user", user_id: "us_1" }, text: body["text"], mentions: [], at: Date.now() } };
    case "GET channels": return { items: channels };
    case "GET channels/*/setup": return { webhook_url: "https://hooks.colibri.example/whatsapp/424200000000001", verify_token: "vt_9f2c1e7a4b" };
    case "GET channels/*/webchat": return webchat();
    case "PATCH channels/*/webchat": return webchat(body);
    case "POST channels/*/check": return { channel: CHANNEL };
    case "POST channels": return { channel: CHANNEL, setup: { webhook_url: "https://hooks.colibri.example/whatsapp/424200000000001", verify_token: "vt_9f2c1e7a4b" } };
    case "PATCH channels/*": return { channel: { ...CHANNEL, ...body } };
    case "GET files/*": return { url: FILES[id ?? ""] ?? "" };
    case "GET templates": return { items: TEMPLATES };
    case "GET segments": return { items: empty ? [] : SEGMENTS };
    case "POST segments/*": {
      if (id === "count") return { matched: contacts.size, seen: contacts.size, up_to: contacts.size, last: contacts.size };
      const found = list(new URLSearchParams({ search: String(body["search"] ?? "") || " ", cursor: String(body["cursor"] ?? "0"), limit: "50" })) as { items: ContactHead[]; next_cursor?: string };
      return { ...found, items: found.items.map((head) => ({ head, profile: { country: "EC", language: "es", fields: { ciudad: "Quito", presupuesto: 800 }, created_source: "channel" } })) };
    }
    case "POST contact-bulk": return { done: body["contact_ids"], failed: [] };
    case "GET notifications": return { items: empty ? [] : NOTIFICATIONS, unread: empty ? 0 : 2 };
    default: return undefined;
  }
}

/** The subscription: what is asked for is shown and nothing is charged. */
function inBilling(method: string, path: string): unknown {
  if (path === "plans" && method === "GET") return PLANS;
  if (path === "records") return RECORDS;
  if (path === "deletions" && method === "GET") return DELETIONS;
  if (path.startsWith("deletions")) return DELETIONS.items[0];
  if (path === "payments" || path.startsWith("documents/")) return { url: "/settings/billing" };
  return VIEW;
}

/** What the operator sees; nothing is changed. */
function inOperator(path: string): unknown {
  if (path === "customers") return CUSTOMERS;
  return path.startsWith("customers/") ? CUSTOMER : CATALOGUE;
}

function answer(method: string, url: URL, body: Record<string, unknown>): unknown {
  if (url.pathname === "/session/refresh" && !signedIn) throw new Refusal(401, "unauthenticated");
  if (url.pathname === "/session/sign-out") signedIn = false;
  if (url.pathname === "/session/sign-in") {
    if (body["password"] === "no") throw new Refusal(401, "unauthenticated");
    if (body["password"] === "first") return { challenge: "new_password", session: "s", email: body["email"] };
    signedIn = true;
  }
  if (url.pathname.startsWith("/session/")) return { access_token: "fake", expires_in: 900, user: ME.user };
  if (url.pathname === "/me") return method === "PATCH" ? { ...ME, user: { ...ME.user, ...body } } : ME;
  const billing = /^\/organizations\/[^/]+\/billing\/?(.*)$/.exec(url.pathname);
  if (billing) return inBilling(method, billing[1] ?? "");
  if (url.pathname.startsWith("/operator/billing/")) return inOperator(url.pathname.slice("/operator/billing/".length));
  const below = /^\/console\/[^/]+\/(.*)$/.exec(url.pathname);
  return below ? inWorkspace(method, below[1] ?? "", url.searchParams, body) : undefined;
}

const real = window.fetch.bind(window);
window.fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : String(input), location.href);
  if (!/^\/(session|me|console|organizations|operator)(\/|$)/.test(url.pathname)) return real(input, init);
  await new Promise((done) => setTimeout(done, 40));
  try {
    const value = answer(init?.method ?? "GET", url, typeof init?.body === "string" ? (JSON.parse(init.body) as Record<string, unknown>) : {});
    return value === undefined ? new Response(null, { status: 204 }) : new Response(JSON.stringify(value), { status: 200 });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return new Response(JSON.stringify({ code: error.code, status: error.status }), { status: error.status });
  }
};

const RealSocket = window.WebSocket;
window.WebSocket = new Proxy(RealSocket, { construct: (target, [url, protocols]: [string, string?]) => (url.startsWith("wss://fake.") ? (new FakeSocket() as unknown as WebSocket) : new target(url, protocols)) });

/** In the browser's console: a customer writes `receive(1, "Hola")`, a colleague types `typing(1, "us_2")`, the connection is lost `cut()`. */
Object.assign(window, {
  typing: (contact_id: number, user_id?: string) => push({ type: "typing", contact_id, user_id }),
  cut: () => [...sockets].forEach((one) => one.close()),
  receive: (id: number, text: string) => {
    const at = Date.now();
    const message = { item: "message", id: (next += 1), contact_id: id, contact_channel_id: `co_${id}`, channel_id: "ch_1", traffic: "incoming", at, received_at: at, content: { kind: "text", text }, sender: { source: "contact" }, reactions: [], statuses: [], version: 1 };
    said(id).push(message);
    push({ type: "item", contact_id: id, version: 1, item: message });
    const head = contacts.get(id);
    change(id, { unread: (head?.unread ?? 0) + 1, unreplied: true, sorted_at: at, last_message: { id: message.id, at, traffic: "incoming", kind: "text", preview: text, channel_id: "ch_1" } as NonNullable<ContactHead["last_message"]> });
  },
});
