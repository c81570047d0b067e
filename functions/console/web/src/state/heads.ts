/** Contacts that screens hold, and the lists that show them. A value with an older version never replaces a newer one. */
import { create } from "zustand";
import type { ContactHead, InboxCounts } from "../api/types";
import type { MessageState } from "../thread/model";

export interface ListQuery {
  inbox: "all" | "mine" | "unassigned";
  status: "open" | "closed";
  order: "newest" | "oldest";
  unreplied: boolean;
  failed: boolean;
  search: string;
}

export const DEFAULT_QUERY: ListQuery = { inbox: "all", status: "open", order: "newest", unreplied: false, failed: false, search: "" };

export function queryString(query: ListQuery, cursor?: string): string {
  const params = new URLSearchParams({ limit: "50" });
  if (query.search) params.set("search", query.search);
  else {
    params.set("inbox", query.inbox);
    params.set("status", query.status);
    params.set("order", query.order);
    if (query.unreplied) params.set("unreplied", "1");
    if (query.failed) params.set("failed", "1");
  }
  if (cursor) params.set("cursor", cursor);
  return params.toString();
}

/** Whether a contact belongs in a list, as far as its head tells. */
export function belongs(head: ContactHead, query: ListQuery, me: string): boolean {
  if (query.search) return false;
  if (query.inbox === "mine" && head.assignee !== me) return false;
  if (query.inbox === "unassigned" && head.assignee !== null) return false;
  if ((query.status === "open") !== (head.status === "open") || head.blocked) return false;
  return (!query.unreplied || head.unreplied) && (!query.failed || head.failed > 0);
}

export interface ListState {
  ids: number[];
  cursor: string | undefined;
  state: "loading" | "ready" | "failed";
  /** New or moved contacts that wait while the pointer or the focus is in the list. */
  waiting: number[];
}

interface Store {
  heads: Map<number, ContactHead>;
  list: ListState;
  counts: InboxCounts | undefined;
  /** Takes heads; returns those that were news. */
  take: (heads: ContactHead[]) => ContactHead[];
  /** A message of ours got further: its row's tick follows. A status makes no new head. */
  progress: (contact: number, message: number, state: MessageState) => void;
  setList: (list: Partial<ListState>) => void;
  setCounts: (counts: InboxCounts) => void;
  drop: (id: number) => void;
  reset: () => void;
}

const EMPTY: ListState = { ids: [], cursor: undefined, state: "loading", waiting: [] };

const RANK: Record<MessageState, number> = { pending: 0, ambiguous: 1, sent: 2, failed: 3, delivered: 4, read: 5 };

/** Of two things known of one message, what holds: reports come in any order, and only a failed one begins again. */
function further(held: MessageState | undefined, told: MessageState): MessageState {
  if (held === undefined || held === "failed") return told;
  return RANK[held] > RANK[told] ? held : told;
}

/** A head with what is already known of its last message, which another reading of it may lack. */
function informed(head: ContactHead, held: ContactHead | undefined): ContactHead {
  const last = head.last_message;
  const known = held?.last_message;
  if (!last?.state || !known || known.id !== last.id) return head;
  const state = further(known.state, last.state);
  return state === last.state ? head : { ...head, last_message: { ...last, state } };
}

export const useHeads = create<Store>((set, get) => ({
  heads: new Map(),
  list: EMPTY,
  counts: undefined,
  take: (incoming) => {
    const held = get().heads;
    const version = (head: ContactHead) => held.get(head.id)?.version ?? -1;
    const news = incoming.filter((head) => version(head) < head.version).map((head) => informed(head, held.get(head.id)));
    // The same head read again may know more of its last message.
    const again = incoming.filter((head) => version(head) === head.version && head.last_message?.state !== held.get(head.id)?.last_message?.state);
    if (news.length > 0 || again.length > 0) {
      const heads = new Map(held);
      news.forEach((head) => heads.set(head.id, head));
      for (const head of again) {
        const own = heads.get(head.id);
        const state = head.last_message?.state;
        if (own?.last_message && state && own.last_message.id === head.last_message?.id) {
          heads.set(head.id, { ...own, last_message: { ...own.last_message, state: further(own.last_message.state, state) } });
        }
      }
      set({ heads });
    }
    return news;
  },
  progress: (contact, message, state) => {
    const head = get().heads.get(contact);
    if (head?.last_message?.id !== message || !head.last_message.state) return;
    const next = further(head.last_message.state, state);
    if (next === head.last_message.state) return;
    const heads = new Map(get().heads);
    heads.set(contact, { ...head, last_message: { ...head.last_message, state: next } });
    set({ heads });
  },
  setList: (list) => set({ list: { ...get().list, ...list } }),
  setCounts: (counts) => set({ counts }),
  drop: (id) => {
    const heads = new Map(get().heads);
    heads.delete(id);
    const list = get().list;
    set({ heads, list: { ...list, ids: list.ids.filter((one) => one !== id), waiting: list.waiting.filter((one) => one !== id) } });
  },
  reset: () => set({ heads: new Map(), list: EMPTY, counts: undefined }),
}));

/** Where ids stand in a list's order. */
export function sorted(ids: number[], heads: Map<number, ContactHead>, order: ListQuery["order"]): number[] {
  const key = (id: number) => heads.get(id)?.sorted_at ?? 0;
  const sign = order === "newest" ? -1 : 1;
  return [...ids].sort((a, b) => sign * (key(a) - key(b)) || sign * (a - b));
}

/**
 * A contact changed: what the list becomes. While `held`, rows neither appear nor move; they wait. The selected row keeps its place
 * and stays even where it no longer belongs.
 */
export function place(list: ListState, head: ContactHead, query: ListQuery, me: string, heads: Map<number, ContactHead>, held: boolean, selected: number | undefined): ListState {
  const shown = list.ids.includes(head.id);
  const wanted = belongs(head, query, me);
  if (query.search) return list;
  if (!wanted) {
    if (!shown || head.id === selected || held) return { ...list, waiting: list.waiting.filter((id) => id !== head.id) };
    return { ...list, ids: list.ids.filter((id) => id !== head.id) };
  }
  if (held && (!shown || query.order === "newest")) {
    if (shown && list.ids[0] === head.id) return list;
    return list.waiting.includes(head.id) ? list : { ...list, waiting: [...list.waiting, head.id] };
  }
  // Past the loaded part the next page will bring it.
  const ids = shown ? list.ids : [...list.ids, head.id];
  const ordered = sorted(ids, heads, query.order);
  if (!shown && list.cursor && ordered.at(-1) === head.id) return list;
  return { ...list, ids: ordered };
}
