/** What the console's API answers, beyond the shapes that a conversation uses. */
import type { MessageState, Channel as ConversationChannel, ContactHead as ConversationHead } from "../thread/model";

export type ContactHead = ConversationHead & { unreplied: boolean; failed: number; sorted_at: number; first_name?: string; last_name?: string; tags: string[]; stage?: string; merged?: number[]; created_at: number; last_message?: LastMessage };

export interface LastMessage { id: number; at: number; traffic: "incoming" | "outgoing"; kind: string; preview: string; channel_id: string; state?: MessageState }

export interface SessionTokens { access_token: string; expires_in: number }
export interface SessionChallenge { challenge: "new_password"; session: string; email: string }

export interface Me {
  user: { id: string; email: string; first_name: string; last_name: string; locale: string; organization_id?: string; organization_role?: "admin" | "billing_admin" | "member"; operator?: boolean };
  workspaces: { id: string; name: string; role: Role; organization_id: string; organization_name: string }[];
}

export type Role = "owner" | "manager" | "agent";
export type ClosingNoteMode = "optional" | "mandatory_category" | "mandatory_both" | "disabled";

export interface Channel extends ConversationChannel {
  display: string;
  account: string;
  verified_name?: string;
  quality?: "green" | "yellow" | "red";
  throughput: number;
  messaging_limit?: number;
  error?: { reason: string; code?: string; at: number };
  checks?: { key: string; ok: boolean; detail?: string }[];
  read_receipts: "on_reply" | "on_open" | "never";
  last_event_at?: number;
}

export interface TeamUser { id: string; name: string; email: string; role: Role; teams: string[]; status: "online" | "busy" | "offline" }
export interface Tag { id: string; name: string; emoji?: string; color: string; description?: string }
export interface Stage { id: string; name: string; emoji?: string; description?: string; lost?: boolean; position: number }
export interface CustomField { id: string; slug: string; name: string; type: "text" | "list" | "checkbox" | "email" | "number" | "url" | "date" | "time"; options?: string[]; description?: string; hidden?: boolean; position?: number }

export interface WorkspaceBundle {
  workspace: { id: string; name: string; timezone: string; country: string; closing_note_mode: ClosingNoteMode };
  me: { user_id: string; role: Role; rights: string[]; visibility: "all" | "team" | "own" };
  users: TeamUser[];
  teams: { id: string; name: string }[];
  channels: Channel[];
  tags: Tag[];
  fields: CustomField[];
  stages: Stage[];
  closing_categories: { id: string; name: string; description: string }[];
  quota: { used: number; limit: number; waiting?: number };
  /** What the organization may do, and whom to ask where that is not everything. */
  standing?: { access: "setup" | "full" | "frozen" | "ended"; ask: string[] };
  version: number;
}

export interface Page<T> { items: T[]; next_cursor?: string }
export interface InboxCounts { all: number; mine: number; unassigned: number }

export interface Profile {
  country?: string;
  language?: string;
  fields: Record<string, unknown>;
  created_source: string;
  foreign_phone?: string;
  foreign_email?: string;
}

export interface Notification { id: string; kind: string; contact_id?: number; args?: Record<string, string>; at: number; read: boolean }
