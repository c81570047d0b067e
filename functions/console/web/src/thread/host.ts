/** What a conversation needs of the rest of the console. Tests give their own. */
import { createContext, useContext } from "react";
import type { SnippetRow } from "../composer/slash";
import type { Channel, ContactHead, OutboundContent, Template } from "./model";

export interface HostUser {
  id: string;
  name: string;
  avatar_url?: string | undefined;
}

export interface TimelinePage {
  head?: ContactHead;
  /** Newest first, as they came. */
  items: unknown[];
  next_cursor?: string | undefined;
}

export interface UploadSlot {
  fileId: string;
  url: string;
  method: string;
  headers: Record<string, string>;
}

export interface SendBody {
  /** The identity to write to, or for a first message the channel to write over. */
  contact_channel_id?: string;
  channel_id?: string;
  content: OutboundContent;
  reply_to?: number;
}

export interface ConversationApi {
  page(contact: number, cursor?: string): Promise<TimelinePage>;
  send(contact: number, key: string, body: SendBody): Promise<{ message: object; head?: ContactHead }>;
  retry(contact: number, message: number): Promise<{ message: object }>;
  react(contact: number, message: number, emoji: string): Promise<{ message?: object }>;
  comment(contact: number, text: string, key: string): Promise<{ comment: object }>;
  templates(channel: string): Promise<Template[]>;
  createUpload(file: { name: string; mime_type: string; size: number }): Promise<UploadSlot>;
  completeUpload(file: string): Promise<void>;
  fileUrl(file: string): Promise<string>;
  snippets(): Promise<SnippetRow[]>;
  fillSnippet(snippet: string, contact: number): Promise<FilledSnippet>;
}

/** A snippet for one contact: its variables replaced, and the names of those that had no value. */
export interface FilledSnippet {
  text: string;
  missing: string[];
  files: { id: string; name?: string; mime_type: string; size: number }[];
}

/** A refusal of the API: `code` is stable, `status` 0 means that it was not reached. */
export interface ApiRefusal {
  status: number;
  code: string;
  detail?: string | undefined;
}

export type ItemListener = (contact: number, item: unknown) => void;

export interface ConversationHost {
  t: (key: string, args?: Record<string, string | number | Date>) => string;
  locale: string;
  zone?: string | undefined;
  workspace: string;
  me: string;
  canReply: boolean;
  users: readonly HostUser[];
  channels: readonly Channel[];
  api: ConversationApi;
  refusalOf: (error: unknown) => ApiRefusal;
  /** Items pushed by the server. */
  onItem: (listener: ItemListener) => () => void;
  /** Called when pushes may have been missed, at the first opening too: what is open has to be read again. */
  onReconnect: (listener: () => void) => () => void;
  /** Somebody types to a contact: a user, or without one the contact. */
  onTyping: (listener: (contact: number, user: string | undefined) => void) => () => void;
  /** This person types; may be called with each key. */
  typing: (contact: number) => void;
  updateHead: (head: ContactHead) => void;
  toast: (text: string) => void;
}

export const HostContext = createContext<ConversationHost | undefined>(undefined);

export function useHost(): ConversationHost {
  const host = useContext(HostContext);
  if (!host) throw new Error("a conversation needs its host");
  return host;
}

