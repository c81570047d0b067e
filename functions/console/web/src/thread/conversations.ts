/**
 * Conversations that were opened lately. They outlive their screen: coming back is instant, and what was being
 * sent when one left goes on and is still there, also when it was refused.
 */
import type { ConversationHost } from "./host";
import { Outbox, scopeOf } from "./outbox";
import { Timeline } from "./timeline";
import { previewOf } from "./words";
import { BROWSER_WAITING, type WaitingStore } from "./waiting";

const KEPT = 12;

export interface Conversation {
  timeline: Timeline;
  outbox: Outbox;
  /** The host of the screen that shows it, or showed it last. */
  host: ConversationHost;
}

const open = new Map<string, Conversation>();

/** The conversation with a contact, as this person sees it. */
export function conversationOf(contact: number, host: ConversationHost): Conversation {
  const key = `${host.workspace}|${host.me}|${contact}`;
  const known = open.get(key);
  if (known) {
    open.delete(key);
    open.set(key, known);
    return known;
  }
  const holder = { host } as Conversation;
  const bridge = {
    get api() { return holder.host.api; },
    get me() { return holder.host.me; },
    get workspace() { return holder.host.workspace; },
    refusalOf: (error: unknown) => holder.host.refusalOf(error),
    updateHead: (...args: Parameters<ConversationHost["updateHead"]>) => holder.host.updateHead(...args),
  };
  holder.timeline = new Timeline(contact, bridge);
  holder.outbox = new Outbox(holder.timeline, bridge);
  open.set(key, holder);
  trim();
  return holder;
}

function trim(): void {
  for (const [key, one] of open) {
    if (open.size <= KEPT) return;
    if (!one.timeline.hasLocal()) open.delete(key);
  }
}

export interface Said { id: number; contact: number; at: number; text: string }

const SAID = 6;

/** Newest messages of the conversations opened lately whose words match. Only what this page has read is looked through. */
export function saidLately(scope: string, matches: (text: string) => boolean, t: ConversationHost["t"]): Said[] {
  const found: Said[] = [];
  for (const [key, { timeline }] of open) {
    if (!key.startsWith(`${scope}|`)) continue;
    for (const item of timeline.getSnapshot().items) {
      if (item.item !== "message" || item.client_key !== undefined || item.revoked_at) continue;
      const text = previewOf(item.content, t);
      if (matches(text)) found.push({ id: item.id, contact: timeline.contact, at: item.at, text });
    }
  }
  return found.sort((a, b) => b.at - a.at).slice(0, SAID);
}

/** Goes on with what an earlier page of this browser wrote and could not hand over. */
export async function resumeConversations(host: ConversationHost, store: WaitingStore = BROWSER_WAITING): Promise<void> {
  const waiting = await store.all(scopeOf(host));
  for (const contact of new Set(waiting.map((one) => one.contact))) {
    conversationOf(contact, host).outbox.restore(waiting.filter((one) => one.contact === contact));
  }
}

/** Forgets what was opened; who signs out himself also leaves nothing behind that waits. */
export function forgetConversations(signedOut: boolean): void {
  open.clear();
  if (signedOut) void BROWSER_WAITING.clear();
}
