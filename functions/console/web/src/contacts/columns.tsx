/** What the table may show of a contact. */
import type { ReactNode } from "react";
import type { CustomField, Stage, Tag, TeamUser } from "../api/types";
import { TagPill, tagLabel } from "../contact/tag";
import type { Words } from "../i18n";
import { Avatar, ChannelGlyph } from "../ui/Avatar";
import { phoneText } from "../ui/phone";
import type { ContactRow, Order } from "./useContacts";

export interface Known { words: Words; tags: readonly Tag[]; stages: readonly Stage[]; user: (id: string | null | undefined) => TeamUser | undefined }

export interface Column {
  key: string;
  label: string;
  /** It can be sorted by this. */
  order?: Order;
  figures?: boolean;
  cell: (row: ContactRow, known: Known) => ReactNode;
}

const named = (region: string, type: "region" | "language", code: string | undefined) => {
  try {
    return code ? (new Intl.DisplayNames([region], { type, fallback: "code" }).of(code) ?? code) : "";
  } catch {
    return code ?? "";
  }
};

const PLAIN: readonly Omit<Column, "label">[] = [
  { key: "name", order: "name", cell: ({ head }) => <span className="contacts-name"><Avatar name={head.name} id={head.id} size={24} /><span className="ellipsis">{head.name}</span></span> },
  { key: "phone", figures: true, cell: ({ head, profile }) => phoneText(head.phone ?? profile.foreign_phone ?? "") },
  { key: "email", cell: ({ head, profile }) => head.email ?? profile.foreign_email ?? "" },
  { key: "channels", cell: ({ head }) => <span className="contacts-glyphs">{[...new Set(head.channels.map((one) => one.source))].map((source) => <ChannelGlyph key={source} source={source} />)}</span> },
  { key: "tags", cell: ({ head }, { tags }) => <span className="contacts-tags">{tags.filter((tag) => head.tags.includes(tag.id)).map((tag) => <TagPill key={tag.id} tag={tag} />)}</span> },
  { key: "stage", cell: ({ head }, { stages }) => { const stage = stages.find((one) => one.id === head.stage); return stage ? tagLabel(stage) : ""; } },
  { key: "assignee", cell: ({ head }, { user }) => { const one = user(head.assignee); return one ? <span className="contacts-name"><Avatar name={one.name} id={one.id} size={18} /><span className="ellipsis">{one.name}</span></span> : ""; } },
  { key: "status", cell: ({ head }, { words }) => words.t(`contacts.status_${head.status}`) },
  { key: "last_message", order: "activity", cell: ({ head }, { words }) => (head.last_message ? words.listTime(head.last_message.at) : "") },
  { key: "created", order: "created", cell: ({ head }, { words }) => words.day(head.created_at) },
  { key: "country", cell: ({ profile }, { words }) => named(words.region, "region", profile.country) },
  { key: "language", cell: ({ profile }, { words }) => named(words.region, "language", profile.language) },
  { key: "id", figures: true, cell: ({ head }) => String(head.id) },
];

export const USUAL = ["name", "phone", "channels", "tags", "stage", "assignee", "last_message"];

function shown(field: CustomField, value: unknown, words: Words): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "boolean") return words.t(value ? "contact.yes" : "contact.no");
  if (typeof value === "number") return words.number(value);
  if (field.type === "date" && /^\d{4}-\d\d-\d\d$/.test(String(value))) return new Intl.DateTimeFormat(words.region, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(Date.parse(`${String(value)}T00:00:00Z`));
  return String(value);
}

/** All columns, the workspace's own fields last. */
export function columns(fields: readonly CustomField[], words: Words): Column[] {
  return [
    ...PLAIN.map((one) => ({ ...one, label: words.t(`contacts.column_${one.key}`) })),
    ...fields.map((field): Column => ({ key: `custom:${field.slug}`, label: field.name, figures: field.type === "number", cell: ({ profile }, known) => shown(field, profile.fields[field.slug], known.words) })),
  ];
}
