/** What the view shows and may ask for. The console's preview has its own implementation. */
import type { Config, FileView, Message, Reply } from "./protocol";
import type { Key, Locale } from "./words";

export interface Item {
  /** The same from writing to delivery. */
  key: string;
  /** The server's name, once it has one. */
  id?: string;
  from: Message["from"];
  author?: string | undefined;
  at: number;
  type: string;
  text?: string | undefined;
  file?: FileView | undefined;
  card?: Message["card"];
  /** Of the visitor's own messages. */
  state?: "sending" | "sent" | "read" | "failed";
  reason?: Key;
  /** Of a file that is being uploaded, 0 to 1. */
  progress?: number;
}

export interface Snapshot {
  config: Config;
  locale: Locale;
  open: boolean;
  launcher: boolean;
  stage: "prechat" | "thread";
  loading: boolean;
  earlier: boolean;
  items: Item[];
  /** Offered under the newest message. */
  replies?: Reply[] | undefined;
  typing?: { name: string | undefined } | undefined;
  unread: number;
  notice?: Key | undefined;
  /** Nobody seems to attend: the owner's note is shown. */
  away: boolean;
  /** Whether the visitor is asked for an address meanwhile. */
  askEmail: boolean;
  email?: string | undefined;
}

export type Contact = Partial<Record<"name" | "email" | "phone", string>>;

export interface Model {
  snapshot: () => Snapshot;
  subscribe: (changed: () => void) => () => void;
  open: () => void;
  close: () => void;
  send: (text: string) => void;
  reply: (reply: Reply) => void;
  /** Answers why the file cannot be sent, if it cannot. */
  attach: (file: File) => Key | undefined;
  retry: (key: string) => void;
  discard: (key: string) => void;
  showEarlier: () => Promise<void>;
  typing: () => void;
  /** The newest message is before the visitor's eyes. */
  seen: () => void;
  /** Whether the server took it. */
  introduce: (contact: Contact) => Promise<boolean>;
  /** Asks for an address of the file that still works. */
  refresh: (id: string) => void;
  draft: (text?: string) => string;
}
