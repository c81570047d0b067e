/** What the widget and the server say to each other. Times on the wire are RFC 3339; sizes are bytes. */
import type { Locale } from "./words";

export type PrechatField = "name" | "email" | "phone";

export interface Config {
  title: string;
  /** `#rrggbb`. */
  colour: string;
  icon: "chat" | "question" | "hand";
  avatar_url?: string;
  welcome: string;
  language: Locale | "auto";
  position: "left" | "right";
  /** Whether emojis are offered. The page decides, not the server. */
  emoji: boolean;
  prechat: { enabled: boolean; fields: { name: PrechatField; required: boolean }[] };
  /** `now` says whether somebody attends at this moment, where the server knows. */
  offline: { note: string; now?: boolean };
  /** `file_types` holds exact types and `kind/*`; empty means every type. */
  limits: { text: number; file_bytes: number; file_types: string[] };
}

/** `inline` says that a browser may show it. */
export interface FileView { url: string; name: string; type: string; size: number; width?: number; height?: number; inline?: boolean }
export interface Reply { id: string; title: string; description?: string }

export interface Message {
  id: string;
  /** From 1 within a session, without gaps. A message never changes. */
  seq: number;
  from: "visitor" | "agent" | "bot" | "system";
  /** The first name of who answers. */
  author?: string;
  at: string;
  type: string;
  text?: string;
  file?: FileView;
  replies?: Reply[];
  card?: { title: string; url: string };
  client_message_id?: string;
}

/** Who the host page says that the visitor is; a claim unless `hash` proves it. */
export interface Identity { id?: string; hash?: string; name?: string; email?: string; phone?: string }

export interface SessionAnswer {
  token: string;
  visitor_id: string;
  /** Milliseconds since 1970. */
  expires_at: number;
  seq: number;
  read_up_to: number;
  identified: boolean;
  restored: boolean;
  /** The form was submitted, or is not needed. */
  introduced: boolean;
}

export interface Outgoing {
  client_message_id: string;
  type: "text" | "attachment" | "reply";
  text?: string;
  file_id?: string;
  reply?: Pick<Reply, "id" | "title">;
  sent_at: string;
}

/** `read_up_to`: how far ours have read the visitor; `seen_up_to`: how far the visitor has read ours, on any device. */
export interface MessagePage { messages: Message[]; seq: number; more: boolean; read_up_to: number; seen_up_to?: number }
export interface UploadTicket { file_id: string; upload: { url: string; method: string; headers?: Record<string, string> } }

export type Frame =
  | { type: "message"; message: Message }
  | { type: "typing"; author?: string }
  | { type: "read"; up_to: number }
  | { type: "pong" };

const DEFAULTS: Config = {
  title: "", colour: "#0B6B73", icon: "chat", welcome: "", language: "auto", position: "right", emoji: true,
  prechat: { enabled: false, fields: [] }, offline: { note: "" },
  limits: { text: 4096, file_bytes: 20 * 1024 * 1024, file_types: [] },
};

const oneOf = <T extends string>(value: unknown, known: readonly T[], otherwise: T): T => (known.includes(value as T) ? (value as T) : otherwise);

/** The server's settings, with what is absent or not understood put right. */
export function readConfig(value: unknown): Config {
  const given = (value ?? {}) as { [K in keyof Config]?: unknown };
  const text = (one: unknown) => (typeof one === "string" ? one : "");
  const prechat = { ...DEFAULTS.prechat, ...(given.prechat as Partial<Config["prechat"]> | undefined) };
  return {
    title: text(given.title),
    colour: /^#[0-9a-f]{6}$/i.test(text(given.colour)) ? text(given.colour) : DEFAULTS.colour,
    icon: oneOf(given.icon, ["chat", "question", "hand"], "chat"),
    ...(typeof given.avatar_url === "string" && given.avatar_url ? { avatar_url: given.avatar_url } : {}),
    welcome: text(given.welcome),
    language: oneOf(given.language, ["es", "en", "auto"], "auto"),
    position: oneOf(given.position, ["left", "right"], "right"),
    emoji: true,
    prechat: { enabled: prechat.enabled === true, fields: prechat.fields.filter((one) => ["name", "email", "phone"].includes(one.name)) },
    offline: { ...DEFAULTS.offline, ...(given.offline as Partial<Config["offline"]> | undefined) },
    limits: { ...DEFAULTS.limits, ...(given.limits as Partial<Config["limits"]> | undefined) },
  };
}
