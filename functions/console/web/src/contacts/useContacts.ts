/** The rows of the table: pages of a filter in an order, and how many there are in all. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { ContactHead, Profile } from "../api/types";
import { useWorkspace } from "../app/workspace";
import type { Filter } from "./filter";

export interface ContactRow { head: ContactHead; profile: Profile }
export type Order = "created" | "activity" | "name";
export interface ContactQuery { filter?: Filter; search: string; order: Order; descending: boolean }

const PAGE = 50;
/** Empty pages that are read on at once: a rare filter has many. */
const EMPTY_PAGES = 20;

export interface ContactRows {
  rows: ContactRow[];
  state: "loading" | "ready" | "failed";
  more: boolean;
  next: () => void;
  again: () => void;
  /** Puts heads that an answer or the socket brought in the place of older ones. */
  take: (heads: readonly ContactHead[]) => void;
  drop: (ids: readonly number[]) => void;
}

export function useContactRows(query: ContactQuery): ContactRows {
  const { request, signals } = useWorkspace();
  const [rows, setRows] = useState<ContactRow[]>([]);
  const [state, setState] = useState<ContactRows["state"]>("loading");
  const [cursor, setCursor] = useState<string>();
  const [round, setRound] = useState(0);
  const run = useRef(0);
  const asked = JSON.stringify(query);

  const read = useCallback((from: string | undefined) => {
    const mine = (run.current += 1);
    setState("loading");
    const page = async () => {
      let at = from;
      for (let tries = 0; tries < EMPTY_PAGES; tries += 1) {
        const body = { ...(JSON.parse(asked) as ContactQuery), limit: PAGE, ...(at === undefined ? {} : { cursor: at }) };
        const answer = await request<{ items: ContactRow[]; next_cursor?: string }>("POST", "segments/contacts", { body });
        if (answer.items.length > 0 || answer.next_cursor === undefined || mine !== run.current) return answer;
        at = answer.next_cursor;
      }
      return { items: [], next_cursor: at };
    };
    page().then(
      (answer) => {
        if (mine !== run.current) return;
        setRows((held) => {
          const known = new Set(from === undefined ? [] : held.map((row) => row.head.id));
          return [...(from === undefined ? [] : held), ...answer.items.filter((row) => !known.has(row.head.id))];
        });
        setCursor(answer.next_cursor);
        setState("ready");
      },
      () => mine === run.current && setState("failed"),
    );
  }, [request, asked]);

  useEffect(() => {
    setRows([]);
    read(undefined);
  }, [read, round]);

  const take = useCallback((heads: readonly ContactHead[]) => {
    setRows((held) => held.map((row) => {
      const newer = heads.find((head) => head.id === row.head.id && head.version > row.head.version);
      return newer ? { ...row, head: newer } : row;
    }));
  }, []);
  const drop = useCallback((ids: readonly number[]) => setRows((held) => held.filter((row) => !ids.includes(row.head.id))), []);
  useEffect(() => signals.heads.on(take), [signals, take]);
  useEffect(() => signals.gone.on((id) => drop([id])), [signals, drop]);

  return {
    rows, state, more: cursor !== undefined, take, drop,
    next: () => state === "ready" && cursor !== undefined && read(cursor),
    again: () => setRound((now) => now + 1),
  };
}

export interface Count { matched: number; seen: number; done: boolean; failed: boolean }

/** Beyond this a count is an estimate: nobody needs the exact number, and counting costs. */
export const EXACT = 10_000;

/** Counts whom a filter lets in, part by part, while it is shown. */
export function useCount(filter: Filter | undefined, wanted: boolean): Count {
  const { request } = useWorkspace();
  const [count, setCount] = useState<Count>({ matched: 0, seen: 0, done: false, failed: false });
  const asked = JSON.stringify(filter ?? null);
  useEffect(() => {
    setCount({ matched: 0, seen: 0, done: false, failed: false });
    if (!wanted) return undefined;
    let stopped = false;
    const parsed = JSON.parse(asked) as Filter | null;
    const run = async () => {
      let after = 0;
      let [matched, seen] = [0, 0];
      for (;;) {
        const answer = await request<{ matched: number; seen: number; up_to: number; last: number }>("POST", "segments/count", { body: { after, ...(parsed ? { filter: parsed } : {}) } });
        if (stopped) return;
        matched += answer.matched;
        seen += answer.seen;
        after = answer.up_to;
        if (answer.up_to >= answer.last) return setCount({ matched, seen, done: true, failed: false });
        if (matched > EXACT) {
          const all = Math.round((matched * answer.last) / Math.max(1, answer.up_to));
          return setCount({ matched: all, seen, done: false, failed: false });
        }
        setCount({ matched, seen, done: false, failed: false });
      }
    };
    // A filter that is being typed is not counted with every letter.
    const timer = setTimeout(() => void run().catch(() => !stopped && setCount({ matched: 0, seen: 0, done: false, failed: true })), 300);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [asked, wanted, request]);
  return count;
}
