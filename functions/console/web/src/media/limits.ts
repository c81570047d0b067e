/** What a channel takes as an attachment, asked before anything is uploaded. */
import type { AttachmentMedia, MediaCapability } from "../thread/model";

const KB = 1024;
const MB = 1024 * KB;

/** A file goes as the first of these that takes its type, else as a document. */
const KINDS: AttachmentMedia[] = ["image", "video", "audio"];
export const NAME_MAX = 240;

export type FileProblem = "empty" | "too_large" | "too_large_as_file" | "not_taken";

export interface FileVerdict {
  media: AttachmentMedia;
  max: number;
  problem?: FileProblem;
  /** It goes as a document, since the channel shows this type in no other way. */
  converted: boolean;
}

const BY_ENDING: Record<string, string> = {
  jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", webp: "image/webp", gif: "image/gif", heic: "image/heic",
  mp4: "video/mp4", "3gp": "video/3gpp", mov: "video/quicktime", mp3: "audio/mpeg", m4a: "audio/mp4", ogg: "audio/ogg",
  opus: "audio/ogg", aac: "audio/aac", amr: "audio/amr", pdf: "application/pdf", csv: "text/csv", txt: "text/plain",
  doc: "application/msword", docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xls: "application/vnd.ms-excel", xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  ppt: "application/vnd.ms-powerpoint", pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  zip: "application/zip", xml: "application/xml",
};

/** Names that browsers give to types which channels know by another. */
const SAME: Record<string, string> = { "audio/x-m4a": "audio/mp4", "audio/mp3": "audio/mpeg", "image/jpg": "image/jpeg" };

/** The type the browser gives, or what the name's ending says; never empty. */
export function mimeOf(file: { name: string; type: string }): string {
  const given = file.type.toLowerCase();
  if (given) return SAME[given] ?? given;
  return BY_ENDING[file.name.split(".").at(-1)?.toLowerCase() ?? ""] ?? "application/octet-stream";
}

const base = (type: string): string => type.split(";")[0]?.trim() ?? "";

/** Whether a channel takes this type as this kind. */
export function takes(rule: MediaCapability, type: string): boolean {
  if (rule.mime_types.length > 0) return rule.mime_types.some((one) => base(one) === base(type));
  return rule.media === "file" || type.startsWith(`${rule.media}/`);
}

/** How a file would go over a channel that takes `media`, and what stands against it. */
export function judgeFile(file: { name: string; type: string; size: number }, taken: readonly MediaCapability[], asFile = false): FileVerdict {
  const type = mimeOf(file);
  const document = taken.find((one) => one.media === "file");
  const rule = asFile ? undefined : KINDS.map((kind) => taken.find((one) => one.media === kind)).find((one) => one !== undefined && takes(one, type));
  const media = rule?.media ?? "file";
  const max = (rule ?? document)?.max_bytes ?? 0;
  const converted = !rule && !asFile && /^(image|video|audio)\//.test(type);
  if (!rule && (!document || !takes(document, type))) return { media, max, converted: false, problem: "not_taken" };
  if (file.size === 0) return { media, max, converted, problem: "empty" };
  if (file.size <= max) return { media, max, converted };
  // What is too large for its own kind may still go as a document.
  const problem = rule && document && takes(document, type) && file.size <= document.max_bytes ? "too_large_as_file" : "too_large";
  return { media, max, converted, problem };
}

/** A size for people: `512 KB`, `4,7 MB`. */
export function sizeText(bytes: number, locale: string): string {
  const format = (value: number, digits: number) =>
    new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
  if (bytes < KB) return `${format(bytes, 0)} B`;
  if (bytes < MB) return `${format(bytes / KB, 0)} KB`;
  return `${format(bytes / MB, 1)} MB`;
}
