/** Sentences about messages, events and times, in the reader's language. */
import type { ConversationHost, HostUser } from "./host";
import type { Activity, Content, Message } from "./model";
import { plainText } from "./markup";
import { dayOf, daysBetween } from "./zone";

type T = ConversationHost["t"];

/** One line that says what a message holds, for quotes, titles and announcements. */
export function previewOf(content: Content, t: T): string {
  switch (content.kind) {
    case "text":
      return plainText(content.text);
    case "attachment": {
      const kind = content.media === "audio" && content.voice ? "voice" : content.media;
      return content.caption ? plainText(content.caption) : content.media === "file" && content.file_name ? content.file_name : t(`preview.${kind}`);
    }
    case "location":
      return content.name ?? content.address ?? t("preview.location");
    case "contacts":
      return content.contacts.length === 1 ? (content.contacts[0]?.name ?? "") : t("preview.contacts", { count: content.contacts.length });
    case "quick_reply":
      return content.title;
    case "form_reply":
      return content.name ?? t("preview.form_reply");
    case "order":
      return t("preview.order", { count: content.items.reduce((sum, line) => sum + line.quantity, 0) });
    case "interactive":
      return plainText(content.body);
    case "template":
      return content.text ? plainText(content.text) : t("preview.template");
    case "shared":
      return content.text ? plainText(content.text) : content.title ?? t(`shared.${content.what}`);
    case "system":
      return content.text ?? t("preview.unsupported");
    default:
      return t("preview.unsupported");
  }
}

export function previewOfMessage(message: Message, t: T): string {
  return message.revoked_at ? t("preview.revoked") : previewOf(message.content, t);
}

export function nameOfUser(users: readonly HostUser[], id: string | undefined, t: T): string {
  return users.find((user) => user.id === id)?.name ?? t("thread.somebody");
}

/** Who wrote an outgoing message, when that is worth a label: anybody but a person of the team. */
export function sourceLabel(message: Message, t: T): string | undefined {
  const { source, name } = message.sender;
  if (message.traffic === "incoming" || source === "user" || source === "contact") return undefined;
  if (source === "echo") return t("message.sent_from_phone");
  if (name && (source === "workflow" || source === "broadcast")) return t(`source.${source}_named`, { name });
  return t(`source.${source}`);
}

/** The sentence under a bubble whose message did not go through, in the channel's own words where it has some. */
export function failureText(message: Pick<Message, "failure">, t: T, source = ""): string {
  const failure = message.failure;
  if (!failure) return t("failure.unknown");
  const key = `failure.${failure.reason}`;
  const own = `${key}_${source}`;
  const closer = source ? t(own) : own;
  if (closer !== own) return closer;
  const words = t(key);
  if (words !== key) return words;
  return failure.provider_text ? t("failure.refused", { detail: failure.provider_text }) : t("failure.unknown");
}

const KNOWN_EVENTS = new Set([
  "contact_created", "conversation_opened", "conversation_closed", "assigned", "unassigned", "field_updated", "tag_added", "tag_removed",
  "blocked", "unblocked", "channel_connected", "identity_changed", "key_changed", "marketing_stopped", "marketing_resumed", "merged", "unmerged",
]);

/** What happened, in one sentence. */
export function eventText(activity: Activity, host: Pick<ConversationHost, "t" | "users">, contactName: string): string {
  const { t, users } = host;
  const data = activity.data;
  const word = (key: string) => (typeof data[key] === "string" ? data[key] : "");
  const { source, user_id: user } = activity.actor;
  const who = source === "contact" ? contactName : user ? nameOfUser(users, user, t) : (KNOWN_SOURCES.has(source) ? t(`source.${source}`) : t("source.system"));
  const assigneeId = word("assignee") || word("user_id");
  const args = {
    who, assignee: nameOfUser(users, assigneeId, t), category: word("category"), field: word("field"), tag: word("tag"),
    channel: word("channel") || word("identity"), old: word("old"), new: word("new"), name: word("name"),
  };
  if (!KNOWN_EVENTS.has(activity.type)) return t("event.other");
  if (activity.type === "assigned" && data["by_reply"] === true) return t("event.assigned_reply", args);
  if (activity.type === "assigned" && assigneeId === user) return t("event.assigned_self", args);
  if (activity.type === "conversation_opened" && source === "contact") return t("event.conversation_opened_by_contact", args);
  if (activity.type === "conversation_closed" && args.category) return t("event.conversation_closed_note", args);
  return t(`event.${activity.type}`, args);
}

const KNOWN_SOURCES = new Set(["workflow", "broadcast", "bot", "api", "import", "merge", "system"]);

const formats = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, zone: string | undefined, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale}|${zone ?? ""}|${name}`;
  let made = formats.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone, hourCycle: "h23" });
    formats.set(key, made);
  }
  return made;
}

/** `14:05` */
export function timeText(at: number, locale: string, zone?: string): string {
  return format(locale, zone, "time", { hour: "2-digit", minute: "2-digit" }).format(at);
}

/** Day and time in full, for focus and screen readers. */
export function fullTimeText(at: number, locale: string, zone?: string): string {
  return format(locale, zone, "full", { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" }).format(at);
}

/** Today, yesterday, the weekday within the last week, else the date; the year only when it is another. */
export function dayText(at: number, now: number, locale: string, t: T, zone?: string): string {
  const today = dayOf(now, zone);
  const day = dayOf(at, zone);
  const ago = daysBetween(day, today);
  if (ago === 0) return t("thread.today");
  if (ago === 1) return t("thread.yesterday");
  if (ago > 1 && ago < 7) return capital(format(locale, zone, "weekday", { weekday: "long" }).format(at));
  const sameYear = day.slice(0, 4) === today.slice(0, 4);
  const options: Intl.DateTimeFormatOptions = { day: "numeric", month: "long", ...(sameYear ? { weekday: "long" } : { year: "numeric" }) };
  return capital(format(locale, zone, sameYear ? "date" : "dateYear", options).format(at));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
