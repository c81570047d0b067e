/** The list that the inbox shows: read page by page, kept true by the socket. */
import { useCallback, useEffect, useRef } from "react";
import { debounced } from "../realtime/hub";
import type { ContactHead, InboxCounts, Page } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { belongs, place, queryString, sorted, useHeads, type ListQuery } from "../state/heads";

export interface ListControls {
  more: () => void;
  retry: () => void;
  /** Shows the rows that wait. */
  flush: () => void;
}

/** `held` is asked before rows appear or move. */
export function useList(query: ListQuery, held: () => boolean, selected: number | undefined): ListControls {
  const { request, signals, takeHeads, me } = useWorkspace();
  const latest = useRef({ query, held, selected });
  latest.current = { query, held, selected };
  const reading = useRef<AbortController>(undefined);
  const paging = useRef(false);

  const read = useCallback(async (anew: boolean) => {
    reading.current?.abort();
    const stop = new AbortController();
    reading.current = stop;
    const store = useHeads.getState();
    // A list that is not there yet has no rows to keep still.
    const fresh = anew || store.list.state !== "ready";
    if (fresh) store.setList({ ids: [], cursor: undefined, state: "loading", waiting: [] });
    try {
      const asked = latest.current.query;
      const page = await request<Page<ContactHead>>("GET", `contacts?${queryString(asked)}`, { signal: stop.signal });
      takeHeads(page.items);
      const { heads, list, setList } = useHeads.getState();
      const ids = page.items.map((one) => one.id);
      // What stands in the list and was not on the first page stays, as far as it still belongs.
      const kept = fresh ? [] : list.ids.filter((id) => {
        const head = heads.get(id);
        return !ids.includes(id) && head !== undefined && page.next_cursor !== undefined && (asked.search !== "" || belongs(head, asked, me.user_id));
      });
      if (fresh || !latest.current.held()) {
        const merged = [...ids, ...kept];
        setList({ ids: asked.search ? merged : sorted(merged, heads, asked.order), cursor: kept.length > 0 ? list.cursor : page.next_cursor, state: "ready", waiting: [] });
      } else {
        setList({ state: "ready", waiting: ids.filter((id) => !list.ids.includes(id)) });
      }
    } catch {
      if (!stop.signal.aborted && useHeads.getState().list.state !== "ready") useHeads.getState().setList({ state: "failed" });
    }
  }, [request, takeHeads, me.user_id]);

  const key = queryString(query);
  useEffect(() => {
    void read(true);
    return () => reading.current?.abort();
  }, [read, key]);

  const flush = useCallback(() => {
    const { list, heads, setList } = useHeads.getState();
    if (list.waiting.length === 0) return;
    const { query: asked } = latest.current;
    const ids = [...new Set([...list.ids, ...list.waiting])].filter((id) => {
      const head = heads.get(id);
      return head !== undefined && (id === latest.current.selected || belongs(head, asked, me.user_id));
    });
    setList({ ids: sorted(ids, heads, asked.order), waiting: [] });
  }, [me.user_id]);

  useEffect(() => {
    const again = () => void read(false);
    const stops = [
      signals.heads.on((news) => {
        const { heads, list, setList } = useHeads.getState();
        const { query: asked, held: ask, selected: chosen } = latest.current;
        let next = list;
        for (const head of news) next = place(next, head, asked, me.user_id, heads, ask(), chosen);
        if (next !== list) setList(next);
      }),
      signals.gone.on((id) => useHeads.getState().drop(id)),
      signals.hint.on(again),
      signals.gap.on(again),
    ];
    return () => stops.forEach((stop) => stop());
  }, [signals, read, me.user_id]);

  const more = useCallback(() => {
    const { list } = useHeads.getState();
    if (!list.cursor || paging.current || list.state !== "ready") return;
    const asked = latest.current.query;
    paging.current = true;
    request<Page<ContactHead>>("GET", `contacts?${queryString(asked, list.cursor)}`).then(
      (page) => {
        if (latest.current.query !== asked && queryString(latest.current.query) !== queryString(asked)) return;
        useHeads.getState().take(page.items);
        const { heads, list: now, setList } = useHeads.getState();
        const ids = [...now.ids, ...page.items.map((one) => one.id).filter((id) => !now.ids.includes(id))];
        setList({ ids: asked.search ? ids : sorted(ids, heads, asked.order), cursor: page.next_cursor });
      },
      () => undefined,
    ).finally(() => {
      paging.current = false;
    });
  }, [request]);

  return { more, flush, retry: () => void read(true) };
}

/** Keeps the numbers beside the inboxes true. */
export function useCounts(): void {
  const { request, signals } = useWorkspace();
  useEffect(() => {
    const read = () => {
      request<InboxCounts>("GET", "contacts/counts").then((counts) => useHeads.getState().setCounts(counts), () => undefined);
    };
    const soon = debounced(read, 1000, 5000);
    read();
    const stops = [signals.heads.on(soon.call), signals.gone.on(soon.call), signals.hint.on(read), signals.gap.on(read)];
    return () => {
      soon.stop();
      stops.forEach((stop) => stop());
    };
  }, [request, signals]);
}
