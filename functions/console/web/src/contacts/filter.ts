/** Filters of segments as the API takes them, and what may be asked of which field. */
import type { CustomField } from "../api/types";

export interface Condition { field: string; operator: Operator; value?: unknown }
export interface All { all: Filter[] }
export interface Any { any: Filter[] }
export type Group = All | Any;
export type Filter = Group | Condition;

export interface Segment { id: string; name: string; filter: Filter; version: number; faults?: { pointer: string; code: string }[] }

export type Kind = "text" | "choice" | "number" | "flag" | "day" | "time" | "instant" | "span" | "set";

export type Operator =
  | "is_equal_to" | "is_not_equal_to" | "contains" | "does_not_contain" | "exists" | "does_not_exist" | "has_any_of" | "has_all_of" | "has_none_of"
  | "is_greater_than" | "is_less_than" | "is_between" | "is_after" | "is_before" | "within_last" | "before_last";

/** The operators of each kind of field, the usual one first. */
export const OPERATORS: Record<Kind, readonly Operator[]> = {
  text: ["contains", "does_not_contain", "is_equal_to", "is_not_equal_to", "exists", "does_not_exist"],
  choice: ["is_equal_to", "is_not_equal_to", "has_any_of", "has_none_of", "exists", "does_not_exist"],
  number: ["is_equal_to", "is_not_equal_to", "is_greater_than", "is_less_than", "is_between", "exists", "does_not_exist"],
  flag: ["is_equal_to"],
  day: ["is_after", "is_before", "is_between", "within_last", "before_last", "exists", "does_not_exist"],
  instant: ["within_last", "before_last", "is_after", "is_before", "is_between", "exists", "does_not_exist"],
  time: ["is_after", "is_before", "is_between", "exists", "does_not_exist"],
  span: ["is_greater_than", "is_less_than", "is_between", "exists", "does_not_exist"],
  set: ["has_any_of", "has_all_of", "has_none_of", "exists", "does_not_exist"],
};

/** Fields that every contact has, with their kinds. */
export const FIELDS: readonly { field: string; kind: Kind }[] = [
  { field: "tags", kind: "set" },
  { field: "stage", kind: "choice" },
  { field: "assignee", kind: "choice" },
  { field: "status", kind: "choice" },
  { field: "channels", kind: "set" },
  { field: "last_channel", kind: "choice" },
  { field: "last_inbound_at", kind: "span" },
  { field: "last_message_at", kind: "instant" },
  { field: "created_at", kind: "instant" },
  { field: "first_name", kind: "text" },
  { field: "last_name", kind: "text" },
  { field: "phone", kind: "text" },
  { field: "email", kind: "text" },
  { field: "country", kind: "choice" },
  { field: "language", kind: "choice" },
  { field: "blocked", kind: "flag" },
];

const CUSTOM: Record<CustomField["type"], Kind> = { text: "text", email: "text", url: "text", list: "choice", checkbox: "flag", number: "number", date: "day", time: "time" };

export function kindOf(field: string, fields: readonly CustomField[]): Kind | undefined {
  if (!field.startsWith("custom:")) return FIELDS.find((one) => one.field === field)?.kind;
  const known = fields.find((one) => `custom:${one.slug}` === field);
  return known && CUSTOM[known.type];
}

/** How a condition's value is entered. */
export type Entry = "none" | "text" | "number" | "flag" | "date" | "dates" | "time" | "times" | "numbers" | "days" | "span" | "spans" | "one" | "many";

export function entryOf(kind: Kind, operator: Operator): Entry {
  if (operator === "exists" || operator === "does_not_exist") return "none";
  if (operator === "within_last" || operator === "before_last") return "days";
  const between = operator === "is_between";
  switch (kind) {
    case "text": return "text";
    case "flag": return "flag";
    case "number": return between ? "numbers" : "number";
    case "day": case "instant": return between ? "dates" : "date";
    case "time": return between ? "times" : "time";
    case "span": return between ? "spans" : "span";
    case "set": return "many";
    case "choice": return operator === "has_any_of" || operator === "has_none_of" ? "many" : "one";
  }
}

/** What stands in a fresh condition. */
export function freshValue(entry: Entry): unknown {
  switch (entry) {
    case "none": return undefined;
    case "flag": return true;
    case "days": return 7;
    case "span": return { amount: 30, unit: "days" };
    case "spans": return [{ amount: 1, unit: "days" }, { amount: 30, unit: "days" }];
    case "dates": case "times": return ["", ""];
    case "numbers": return [0, 0];
    case "number": return 0;
    case "many": return [];
    default: return "";
  }
}

export function freshCondition(field: string, fields: readonly CustomField[]): Condition {
  const kind = kindOf(field, fields) ?? "text";
  const operator = OPERATORS[kind][0] ?? "exists";
  const value = freshValue(entryOf(kind, operator));
  return { field, operator, ...(value === undefined ? {} : { value }) };
}

export function isGroup(filter: Filter): filter is Group {
  return "all" in filter || "any" in filter;
}

export function partsOf(group: Group): Filter[] {
  return "all" in group ? group.all : group.any;
}

export function withParts(group: Group, parts: Filter[]): Group {
  return "all" in group ? { all: parts } : { any: parts };
}

/** Conditions of a filter, at any depth. */
export function conditions(filter: Filter): Condition[] {
  return isGroup(filter) ? partsOf(filter).flatMap(conditions) : [filter];
}

/** Whether nothing is left to fill in. */
export function complete(filter: Filter, fields: readonly CustomField[]): boolean {
  return conditions(filter).every((one) => {
    const kind = kindOf(one.field, fields);
    if (!kind) return false;
    const filled = (value: unknown): boolean => {
      if (Array.isArray(value)) return value.length > 0 && value.every(filled);
      return typeof value === "string" ? value.trim() !== "" : value !== undefined && !(typeof value === "number" && Number.isNaN(value));
    };
    return entryOf(kind, one.operator) === "none" || filled(one.value);
  });
}

/** A filter that holds where both do. */
export function both(one: Filter, other: Filter): Filter {
  const parts = [one, other].filter((filter) => !isGroup(filter) || partsOf(filter).length > 0);
  return parts.length === 1 && parts[0] ? parts[0] : { all: parts };
}
