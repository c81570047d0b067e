/** Imports as the API tells of them. */
import type { Words } from "../i18n";

export type Purpose = "add" | "update" | "add_and_update" | "add_all";
export type Identifier = "contact_id" | "phone" | "email";
export interface Counts { added: number; updated: number; skipped: number; failed: number }

export interface Import {
  id: string;
  name: string;
  purpose: Purpose;
  by: string;
  at: number;
  state: "queued" | "in_progress" | "completed" | "cancelled" | "undoing" | "undone" | "failed";
  rows: number;
  done: number;
  counts: Counts;
  undone: Counts;
  tags: string[];
  result?: string | null;
  ended_at?: number | null;
}

export interface PreviewColumn { index: number; header: string; twice: boolean; target?: string | null; samples: string[] }
export interface Preview { rows: number; columns: PreviewColumn[] }

export const PURPOSES: readonly Purpose[] = ["add_and_update", "add", "update", "add_all"];
/** What a column may hold besides the workspace's own fields. */
export const TARGETS = ["first_name", "last_name", "phone", "email", "country", "language", "stage", "tags"] as const;
/** Largest file in bytes. */
export const BYTES = 20 * 1024 * 1024;
/** How long an import can be taken back. */
const UNDO_MS = 30 * 86_400_000;

export function active(one: Import): boolean {
  return one.state === "queued" || one.state === "in_progress" || one.state === "undoing";
}

export function undoable(one: Import, now: number): boolean {
  return (one.state === "completed" || one.state === "cancelled") && Boolean(one.result) && now - one.at < UNDO_MS && one.counts.added + one.counts.updated > 0;
}

export interface Mapped { index: number; target: string; keep: boolean }

/** What is missing before an import may begin: the key of a sentence. */
export function missing(columns: readonly Mapped[], purpose: Purpose, identifier: Identifier): string | undefined {
  if (columns.length === 0) return "import.none_mapped";
  const has = (target: string) => columns.some((one) => one.target === target);
  if (purpose !== "update" && !has("first_name")) return "import.first_name_needed";
  if (purpose !== "add_all" && !has(identifier)) return `import.needs_${identifier}`;
  return undefined;
}

export function counted(counts: Counts, { t, number }: Pick<Words, "t" | "number">): string {
  return (["added", "updated", "skipped", "failed"] as const).filter((key) => counts[key] > 0).map((key) => t(`import.count_${key}`, { count: number(counts[key]) })).join(" · ");
}
