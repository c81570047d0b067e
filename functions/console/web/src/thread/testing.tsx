/** A host for tests: real words, and calls that are recorded. */
import IntlMessageFormat from "intl-messageformat";
import type { ReactNode } from "react";
import { vi } from "vitest";
import { en } from "./catalogue.en";
import { es } from "./catalogue.es";
import { WHATSAPP } from "../testing/capabilities";
import { HostContext, type ConversationApi, type ConversationHost, type ItemListener } from "./host";
import type { ContactHead, Content, Message } from "./model";

export const NOW = Date.parse("2026-11-22T12:00:00-05:00");

export function makeHost(over: Partial<ConversationHost> = {}, locale: "es" | "en" = "es") {
  const catalogue: Record<string, string> = locale === "es" ? es : en;
  const listeners = new Set<ItemListener>();
  const api = {
    page: vi.fn<ConversationApi["page"]>().mockResolvedValue({ items: [] }),
    send: vi.fn<ConversationApi["send"]>().mockReturnValue(new Promise(() => undefined)),
    retry: vi.fn<ConversationApi["retry"]>().mockReturnValue(new Promise(() => undefined)),
    react: vi.fn<ConversationApi["react"]>().mockResolvedValue({}),
    comment: vi.fn<ConversationApi["comment"]>().mockReturnValue(new Promise(() => undefined)),
    templates: vi.fn<ConversationApi["templates"]>().mockResolvedValue([]),
    createUpload: vi.fn<ConversationApi["createUpload"]>(),
    completeUpload: vi.fn<ConversationApi["completeUpload"]>(),
    snippets: vi.fn<ConversationApi["snippets"]>().mockResolvedValue([]),
    fillSnippet: vi.fn<ConversationApi["fillSnippet"]>(),
    fileUrl: vi.fn<ConversationApi["fileUrl"]>().mockResolvedValue("https://files.example/x"),
  };
  const host: ConversationHost = {
    t: (key, args) => (catalogue[key] === undefined ? key : String(new IntlMessageFormat(catalogue[key], locale).format(args))),
    locale, zone: "America/Guayaquil", workspace: "ws_1", me: "us_1", canReply: true,
    users: [{ id: "us_1", name: "Alba Quishpe" }, { id: "us_2", name: "Bruno Zambrano" }],
    channels: [{ id: "ch_1", source: "whatsapp_cloud", name: "WhatsApp Ventas", state: "connected", display: "+593 90 000 0100", capabilities: WHATSAPP }],
    api, refusalOf: () => ({ status: 0, code: "offline" }),
    onItem: (listener) => { listeners.add(listener); return () => listeners.delete(listener); },
    onReconnect: () => () => undefined, onTyping: () => () => undefined, typing: vi.fn(), updateHead: vi.fn(), toast: vi.fn(), ...over,
  };
  const push = (item: object) => listeners.forEach((listener) => listener(1, item));
  const Wrapper = ({ children }: { children: ReactNode }) => <HostContext value={host}>{children}</HostContext>;
  return { host, api, push, Wrapper };
}

export function makeHead(over: Partial<ContactHead> = {}): ContactHead {
  return {
    id: 1, name: "Rosa Chango", phone: "+593900000201", assignee: null, conversation: null, status: "open", unread: 0, blocked: false, version: 1,
    channels: [{ id: "cc_1", channel_id: "ch_1", source: "whatsapp_cloud", identity: "+593900000201", connected_at: 1, last_inbound_at: Date.now() - 1000 }],
    ...over,
  };
}

export function makeMessage(content: Content, over: Partial<Message> = {}): Message {
  return {
    id: 5, contact_id: 1, contact_channel_id: "cc_1", channel_id: "ch_1", traffic: "incoming", at: NOW, received_at: NOW, content,
    sender: { source: "contact" }, reactions: [], version: 1, ...over,
  };
}
