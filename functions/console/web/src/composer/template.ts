/** Templates of WhatsApp: which values they ask for, what they look like filled in, what is sent. */
import type { Template, TemplateButton, TemplateParameters } from "../thread/model";

export type HeaderMedia = "image" | "video" | "document" | "location";

export interface TemplateField {
  /** Unique among the template's fields: `header:1`, `body:name`, `button:0`. */
  key: string;
  part: "header" | "body" | "button";
  /** The placeholder's name or number. */
  name: string;
  /** For a button: its place and what kind of value it takes. */
  button?: { index: number; kind: "url" | "copy_code"; text: string; url?: string };
}

export interface TemplateShape {
  header?: { format: "text" | HeaderMedia; text?: string };
  body: string;
  footer?: string;
  buttons: TemplateButton[];
  fields: TemplateField[];
  /** The header wants a file or a place. */
  media?: HeaderMedia;
}

const PLACEHOLDER = /\{\{\s*([A-Za-z0-9_]+)\s*\}\}/g;

function names(text: string): string[] {
  return [...new Set([...text.matchAll(PLACEHOLDER)].map((found) => found[1] ?? ""))];
}

function inOrder(found: string[]): string[] {
  return found.every((name) => /^\d+$/.test(name)) ? [...found].sort((a, b) => Number(a) - Number(b)) : found;
}

function buttonField(button: TemplateButton, index: number): TemplateField[] {
  const kind = button.type.toLowerCase();
  const text = button.text ?? "";
  if (kind === "url" && button.url && names(button.url).length > 0) {
    return [{ key: `button:${index}`, part: "button", name: text, button: { index, kind: "url", text, url: button.url } }];
  }
  if (kind === "copy_code" || kind === "otp") {
    return [{ key: `button:${index}`, part: "button", name: text, button: { index, kind: "copy_code", text } }];
  }
  return [];
}

/** The parts of a template and the values it asks for, in reading order. */
export function shapeOf(template: Template): TemplateShape {
  const part = (type: string) => template.components.find((component) => component.type.toLowerCase() === type);
  const header = part("header");
  const body = part("body")?.text ?? "";
  const footer = part("footer")?.text;
  const buttons = part("buttons")?.buttons ?? [];
  const format = (header?.format ?? "text").toLowerCase() as "text" | HeaderMedia;
  const fields: TemplateField[] = [
    ...(header && format === "text" ? names(header.text ?? "") : []).map((name): TemplateField => ({ key: `header:${name}`, part: "header", name })),
    ...inOrder(names(body)).map((name): TemplateField => ({ key: `body:${name}`, part: "body", name })),
    ...buttons.flatMap(buttonField),
  ];
  return {
    ...(header ? { header: { format, ...(header.text === undefined ? {} : { text: header.text }) } } : {}),
    body,
    ...(footer === undefined ? {} : { footer }),
    buttons,
    fields,
    ...(header && format !== "text" ? { media: format } : {}),
  };
}

/** A text with its values; what has none yet stays visible as its placeholder. */
export function fill(text: string, part: "header" | "body", values: Readonly<Record<string, string>>): string {
  return text.replace(PLACEHOLDER, (whole, name: string) => values[`${part}:${name}`]?.trim() || whole);
}

/** What keeps a template from being sent. */
export type FieldProblem = "missing" | "line_break" | "too_long";

/** WhatsApp refuses empty values, line breaks, tabs and more than four spaces in a row. */
export function fieldProblem(value: string | undefined): FieldProblem | undefined {
  if (!value?.trim()) return "missing";
  if (/[\n\r\t]| {5}/.test(value)) return "line_break";
  return value.length > 1024 ? "too_long" : undefined;
}

/** The values in the form the API takes. `fileId` is the header's uploaded file. */
export function parametersOf(template: Template, values: Readonly<Record<string, string>>, fileId?: string): TemplateParameters {
  const shape = shapeOf(template);
  const of = (field: TemplateField) => values[field.key]?.trim() ?? "";
  const header = shape.fields.find((field) => field.part === "header");
  const named = template.parameter_format === "named";
  return {
    ...(fileId ? { header: { type: "file" as const, file_id: fileId } } : header ? { header: { type: "text" as const, text: of(header) } } : {}),
    body: shape.fields
      .filter((field) => field.part === "body")
      .map((field) => ({ ...(named ? { name: field.name } : {}), text: of(field) })),
    buttons: shape.fields.flatMap((field) =>
      field.button ? [{ index: field.button.index, type: field.button.kind, text: of(field) }] : [],
    ),
  };
}

/** Templates whose name or text contains every word of the query, accents folded. */
export function searchTemplates(templates: readonly Template[], query: string): Template[] {
  const words = fold(query).split(/\s+/).filter(Boolean);
  return templates.filter((template) => {
    const shape = shapeOf(template);
    const text = fold(`${template.name.replaceAll("_", " ")} ${template.name} ${shape.header?.text ?? ""} ${shape.body}`);
    return words.every((word) => text.includes(word));
  });
}

function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** A template's name for people: `pedido_listo` is "Pedido listo". */
export function titleOf(template: Pick<Template, "name">): string {
  const words = template.name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
