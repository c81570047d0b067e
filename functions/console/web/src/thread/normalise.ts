/** Brings what the API sends into the form that is drawn, so that a missing or odd part never breaks a conversation. */
import type { Activity, Comment, Content, Failure, Message, TimelineItem, Traffic } from "./model";

type Wire = Record<string, unknown>;

function record(value: unknown): Wire {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Wire) : {};
}
function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Failures of these classes would only happen again. */
const HOPELESS = new Set(["opted_out", "outside_window"]);

function failureOf(value: unknown): Failure | undefined {
  const wire = record(value);
  const reason = text(wire["reason"]);
  if (!reason) return undefined;
  const kind = text(wire["class"]);
  const retryable = typeof wire["retryable"] === "boolean" ? wire["retryable"] : !HOPELESS.has(kind ?? "");
  const code = text(wire["code"]);
  const words = text(wire["provider_text"]);
  return { reason, retryable, ...(kind ? { class: kind } : {}), ...(code ? { code } : {}), ...(words ? { provider_text: words } : {}) };
}

function replyOf(wire: Wire): Message["reply"] {
  const preview = record(wire["reply_preview"]);
  const quoted = record(wire["reply_to"]);
  const id = number(wire["reply_to"]) ?? number(quoted["id"]) ?? number(preview["id"]);
  const words = text(preview["preview"]) ?? text(quoted["preview"]);
  const traffic = (text(preview["traffic"]) ?? text(quoted["traffic"])) as Traffic | undefined;
  const known = wire["reply_to"] !== undefined || wire["reply_preview"] !== undefined;
  if (!known || wire["reply_to"] === null) return undefined;
  return { ...(id === undefined ? {} : { id }), ...(words ? { preview: words } : {}), ...(traffic ? { traffic } : {}) };
}

function contentOf(value: unknown): Content {
  const wire = record(value);
  const kind = text(wire["kind"]);
  if (!kind) return { kind: "unsupported" };
  if (kind === "interactive" && !wire["action"]) return interactiveOf(wire);
  return value as Content;
}

/** The nested form of tappable content. */
function interactiveOf(wire: Wire): Content {
  const inner = record(wire["interactive"]);
  const { header, body, footer } = inner as { header?: string; body?: string; footer?: string };
  return {
    kind: "interactive",
    body: body ?? "",
    ...(header ? { header } : {}),
    ...(footer ? { footer } : {}),
    action: (Object.keys(record(inner["action"])).length > 0 ? inner["action"] : inner) as never,
  };
}

/** A message of the API. */
export function normaliseMessage(wire: object): Message {
  const given = wire as Wire;
  const { reply_preview: _preview, reply_to: _reply, failure: _failure, reactions, content, ...rest } = given;
  const reply = replyOf(given);
  const failure = failureOf(given["failure"]);
  return {
    ...(rest as unknown as Message),
    content: contentOf(content),
    reactions: Array.isArray(reactions) ? (reactions as Message["reactions"]).filter((one) => one.emoji) : [],
    ...(reply ? { reply } : {}),
    ...(failure ? { failure } : {}),
  };
}

/** An internal comment of the API. */
export function normaliseComment(wire: object): Comment {
  const given = wire as Wire;
  const author = text(given["author"]) ?? text(record(given["author"])["user_id"]) ?? "";
  return { ...(given as unknown as Comment), author, mentions: (given["mentions"] as string[] | undefined) ?? [] };
}

/** An event of the API; its particulars are gathered in `data`. */
export function normaliseActivity(wire: object): Activity {
  const { id, contact_id, type, actor, at, data, item: _item, ...rest } = wire as Wire;
  const by = record(actor);
  const user = text(by["user_id"]);
  return {
    id: number(id) ?? 0,
    contact_id: number(contact_id) ?? 0,
    type: text(type) ?? "",
    at: number(at) ?? 0,
    actor: { source: text(by["source"]) ?? "system", ...(user ? { user_id: user } : {}) },
    data: { ...rest, ...record(data) },
  };
}

/** One item of a timeline; nothing for what is none. */
export function normaliseItem(wire: unknown): TimelineItem | undefined {
  const given = record(wire);
  if (number(given["id"]) === undefined) return undefined;
  if (given["item"] === "message") return { item: "message", ...normaliseMessage(given) };
  if (given["item"] === "comment") return { item: "comment", ...normaliseComment(given) };
  if (given["item"] === "activity") return { item: "activity", ...normaliseActivity(given) };
  return undefined;
}
