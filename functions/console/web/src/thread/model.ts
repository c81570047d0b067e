/** The wire shapes of a conversation, as the console's API sends and takes them. Times are unix milliseconds. */

export type MessageState = "pending" | "sent" | "delivered" | "read" | "failed" | "ambiguous";
export type Traffic = "incoming" | "outgoing";

export interface FileRef {
  id: string;
  mime_type: string;
  size: number;
  width?: number;
  height?: number;
  duration_ms?: number;
  waveform?: number[];
  name?: string;
}

export type AttachmentMedia = "image" | "video" | "audio" | "file" | "sticker";

export interface ContactCard {
  name: string;
  phones?: string[];
  emails?: string[];
  organization?: string;
}

export interface OrderLine {
  sku: string;
  quantity: number;
  /** Price of one in millionths of the currency's unit. */
  price_micros: number;
  currency: string;
}

export interface InteractiveChoice {
  id: string;
  title: string;
  description?: string;
}

export type InteractiveAction =
  | { type: "buttons"; buttons: InteractiveChoice[] }
  | { type: "list"; label: string; sections: { title?: string; rows: InteractiveChoice[] }[] }
  | { type: "cta_url"; label: string; url: string }
  | { type: "location_request" }
  | { type: "flow"; flow_id: string; label: string; token?: string; screen?: string };

export interface Interactive {
  header?: string;
  body: string;
  footer?: string;
  action: InteractiveAction;
}

/** Something from elsewhere at the provider, of which only the address is kept. */
export type SharedWhat = "story_mention" | "story_reply" | "story" | "post" | "reel" | "link";

export type Content =
  | { kind: "text"; text: string }
  | {
      kind: "attachment";
      media: AttachmentMedia;
      voice?: boolean;
      file?: FileRef;
      caption?: string;
      file_name?: string;
      state: "fetching" | "ready" | "failed";
    }
  | { kind: "location"; latitude: number; longitude: number; name?: string; address?: string }
  | { kind: "contacts"; contacts: ContactCard[] }
  | { kind: "quick_reply"; title: string; body?: string; payload?: string }
  | { kind: "form_reply"; name?: string; body?: string; fields: Record<string, unknown> }
  | { kind: "order"; catalog_id?: string; text?: string; items: OrderLine[] }
  | ({ kind: "interactive" } & Interactive)
  | { kind: "template"; name: string; language: string; text?: string; header?: string; footer?: string; buttons?: string[] }
  | { kind: "shared"; what: SharedWhat; url?: string; title?: string; text?: string }
  | { kind: "unsupported"; type?: string }
  | { kind: "system"; type?: string; text?: string };

export interface Reaction {
  from: "contact" | "us";
  emoji: string;
  at: number;
}

export interface Referral {
  source_type?: string;
  source_url?: string;
  headline?: string;
  body?: string;
  media_url?: string;
  product?: string;
}

export interface Failure {
  code?: string;
  reason: string;
  class?: string;
  provider_text?: string;
  retryable: boolean;
}

export type SenderSource = "contact" | "user" | "workflow" | "broadcast" | "bot" | "api" | "echo" | "import" | "merge" | "system";

export interface Message {
  id: number;
  contact_id: number;
  conversation_id?: string;
  contact_channel_id: string;
  channel_id: string;
  traffic: Traffic;
  at: number;
  received_at: number;
  content: Content;
  sender: { source: SenderSource; user_id?: string; name?: string };
  /** The message it answers; without an id it is older than what we have. */
  reply?: { id?: number; preview?: string; traffic?: Traffic };
  forwarded?: boolean;
  referral?: Referral;
  state?: MessageState;
  failure?: Failure;
  reactions: Reaction[];
  edited_at?: number;
  revoked_at?: number;
  version: number;
  /** Set by this page on what it sends, until it is loaded afresh; never on the wire. */
  client_key?: string;
  /** Bytes of an attachment that this page is sending, for its preview. */
  local_url?: string;
  /** Share of an upload that is done, 0 to 1. */
  progress?: number;
}

export interface Comment {
  id: number;
  contact_id: number;
  author: string;
  text: string;
  mentions: string[];
  at: number;
  client_key?: string;
  state?: "pending" | "failed";
}

export interface Activity {
  id: number;
  contact_id: number;
  type: string;
  actor: { source: string; user_id?: string };
  at: number;
  data: Record<string, unknown>;
}

export type TimelineItem =
  | ({ item: "message" } & Message)
  | ({ item: "comment" } & Comment)
  | ({ item: "activity" } & Activity);

export type OutboundContent =
  | { kind: "text"; text: string; preview_url?: boolean }
  | { kind: "attachment"; file_id: string; media?: AttachmentMedia; caption?: string; voice?: boolean }
  | { kind: "location"; latitude: number; longitude: number; name?: string; address?: string }
  | ({ kind: "interactive" } & Interactive)
  | { kind: "template"; name: string; language: string; parameters: TemplateParameters };

export interface TemplateParameters {
  header?: { type: "text"; text: string } | { type: "file"; file_id: string };
  /** In order for numbered placeholders, by name for named ones. */
  body: { name?: string; text: string }[];
  buttons: { index: number; type: "url" | "copy_code"; text: string }[];
}

export interface ContactChannel {
  id: string;
  channel_id: string;
  source: string;
  identity: string;
  name?: string;
  connected_at: number;
  last_inbound_at?: number;
  last_message_at?: number;
  window_closes_at?: number;
}

export interface TemplateButton {
  type: string;
  text?: string;
  url?: string;
  phone_number?: string;
  example?: unknown;
}

export interface TemplateComponent {
  type: "header" | "body" | "footer" | "buttons";
  format?: string;
  text?: string;
  buttons?: TemplateButton[];
}

export interface Template {
  channel_id: string;
  name: string;
  language: string;
  category: "marketing" | "utility" | "authentication";
  status: "approved" | "rejected" | "pending" | "paused" | "disabled";
  reason?: string;
  quality?: string;
  components: TemplateComponent[];
  parameter_format: "positional" | "named";
}

export interface ContactHead {
  id: number;
  name: string;
  phone?: string;
  email?: string;
  avatar_url?: string;
  assignee: string | null;
  conversation: { id: string; opened_at: number } | null;
  status: "open" | "closed";
  unread: number;
  blocked: boolean;
  channels: ContactChannel[];
  version: number;
}

export interface Channel {
  id: string;
  source: string;
  name: string;
  state: "connected" | "disconnected" | "error";
  display: string;
  capabilities: Capabilities;
}

/** What a channel can do: the adapter's own data, the only source of limits on this side too. */
export interface Capabilities {
  text_limit: number;
  /** 0 where files carry no words. */
  caption_limit: number;
  media: MediaCapability[];
  /** 0 where there are none. */
  buttons: number;
  list_rows: number;
  choice_limits?: ChoiceLimits;
  location: boolean;
  contacts: boolean;
  reactions: boolean;
  replies: boolean;
  templates: boolean;
  /** Free-form messages end this long after the contact's last one; without it they never end. */
  window_millis?: number;
  /** May write first to somebody's phone number. */
  starts_first: boolean;
  /** What the provider reports of a message. */
  statuses: ("sent" | "delivered" | "read" | "failed")[];
}

export interface MediaCapability {
  media: AttachmentMedia;
  /** Empty: any. */
  mime_types: string[];
  max_bytes: number;
}

/** Characters; 0 where a channel has no such part. */
export interface ChoiceLimits {
  body: number;
  header: number;
  footer: number;
  button_title: number;
  list_label: number;
  row_title: number;
  row_description: number;
}
