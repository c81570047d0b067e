/** One change of many contacts: in parts of 100, with progress, and stoppable between the parts. */
import { useCallback, useRef, useState } from "react";
import { useWorkspace } from "../app/workspace";

export type BulkAction =
  | { kind: "assign"; user_id: string | null }
  | { kind: "tag"; add?: string[]; remove?: string[] }
  | { kind: "stage"; stage: string | null }
  | { kind: "open" } | { kind: "block" } | { kind: "unblock" }
  | { kind: "close"; category_id?: string; summary?: string }
  | { kind: "delete" };

export interface Progress { done: number; failed: number; all: number }
export interface Outcome { done: number[]; failed: { id: number; code: string }[]; stopped: boolean }

const PART = 100;

export function useBulk(): { progress: Progress | undefined; run: (ids: readonly number[], action: BulkAction) => Promise<Outcome>; stop: () => void } {
  const { request } = useWorkspace();
  const [progress, setProgress] = useState<Progress>();
  const stopped = useRef(false);
  const run = useCallback(async (ids: readonly number[], action: BulkAction): Promise<Outcome> => {
    const outcome: Outcome = { done: [], failed: [], stopped: false };
    stopped.current = false;
    setProgress({ done: 0, failed: 0, all: ids.length });
    try {
      for (let at = 0; at < ids.length; at += PART) {
        if (stopped.current) return { ...outcome, stopped: true };
        const part = ids.slice(at, at + PART);
        if (action.kind === "delete") {
          const answer = await request<{ deleted: number[]; missing: number[] }>("POST", "trash", { body: { contact_ids: part } });
          outcome.done.push(...answer.deleted);
          outcome.failed.push(...answer.missing.map((id) => ({ id, code: "not_found" })));
        } else {
          const answer = await request<{ done: number[]; failed: { id: number; code: string }[] }>("POST", "contact-bulk", { body: { contact_ids: part, action } });
          outcome.done.push(...answer.done);
          outcome.failed.push(...answer.failed);
        }
        setProgress({ done: outcome.done.length, failed: outcome.failed.length, all: ids.length });
      }
      return outcome;
    } finally {
      setProgress(undefined);
    }
  }, [request]);
  return { progress, run, stop: () => { stopped.current = true; } };
}
