/** What a channel takes as an attachment, asked before anything is uploaded. */
import type { AttachmentMedia } from "../thread/model";

const KB = 1024;
const MB = 1024 * KB;

interface Rule {
  media: AttachmentMedia;
  types: RegExp;
  max: number;
}

/** Order matters: a file goes as the first kind that takes its type. */
const WHATSAPP: Rule[] = [
  { media: "image", types: /^image\/(jpeg|png)$/, max: 5 * MB },
  { media: "video", types: /^video\/(mp4|3gpp)$/, max: 16 * MB },
  { media: "audio", types: /^audio\/(aac|amr|mpeg|mp4|x-m4a|ogg)/, max: 16 * MB },
];
const WHATSAPP_FILE = 100 * MB;
export const CAPTION_MAX = 1024;
export const NAME_MAX = 240;

export type FileProblem = "empty" | "too_large" | "too_large_as_file";

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

/** The type the browser gives, or what the name's ending says; never empty. */
export function mimeOf(file: { name: string; type: string }): string {
  if (file.type) return file.type.toLowerCase();
  return BY_ENDING[file.name.split(".").at(-1)?.toLowerCase() ?? ""] ?? "application/octet-stream";
}

/** How a file would go over the channel, and what stands against it. */
export function judgeFile(file: { name: string; type: string; size: number }, asFile = false): FileVerdict {
  const type = mimeOf(file);
  const rule = asFile ? undefined : WHATSAPP.find((candidate) => candidate.types.test(type));
  const media = rule?.media ?? "file";
  const max = rule?.max ?? WHATSAPP_FILE;
  const converted = !rule && !asFile && /^(image|video|audio)\//.test(type);
  if (file.size === 0) return { media, max, converted, problem: "empty" };
  if (file.size <= max) return { media, max, converted };
  // What is too large for its own kind may still go as a document.
  const problem = rule && file.size <= WHATSAPP_FILE ? "too_large_as_file" : "too_large";
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
