import { CheckCheck, CloudOff, Inbox as InboxIcon, MessageSquarePlus, SearchX, UserRoundCheck } from "lucide-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useState, type KeyboardEvent, type RefObject } from "react";
import { useLocation } from "wouter";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { useHeads, type ListQuery } from "../state/heads";
import { Button } from "../ui/Button";
import { EmptyState, SkeletonRows } from "../ui/State";
import { Row } from "./Row";
import type { ListControls } from "./useList";

const ROW = 68;

export interface ConversationListProps {
  query: ListQuery;
  selected: number | undefined;
  controls: ListControls;
  scroller: RefObject<HTMLDivElement | null>;
  onPick: (id: number) => void;
  onQuery: (change: Partial<ListQuery>) => void;
  onNew: (to: string) => void;
  /** Nobody points at the list any more: what waits may appear. */
  onLeave: () => void;
}

/** The rows, of which only those in sight exist. */
export function ConversationList({ query, selected, controls, scroller, onPick, onQuery, onNew, onLeave }: ConversationListProps) {
  const { t } = useWords();
  const { heads, list } = useHeads();
  const now = useMinute();
  const virtual = useVirtualizer({ count: list.ids.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 8, getItemKey: (index) => list.ids[index] ?? index });
  const rows = virtual.getVirtualItems();
  const last = rows.at(-1)?.index ?? -1;
  const { more } = controls;
  useEffect(() => {
    if (list.cursor && last >= list.ids.length - 12) more();
  }, [last, list.cursor, list.ids.length, more]);
  const place = selected === undefined ? -1 : list.ids.indexOf(selected);
  useEffect(() => {
    if (place >= 0) virtual.scrollToIndex(place, { align: "auto" });
    // Only when another conversation is chosen: a list that moves by itself must not be pulled back.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [selected]);
  const focusRow = (index: number) => {
    const id = list.ids[index];
    if (id === undefined) return;
    virtual.scrollToIndex(index, { align: "auto" });
    requestAnimationFrame(() => document.getElementById(`row-${id}`)?.focus());
  };
  const key = (event: KeyboardEvent<HTMLDivElement>) => {
    const at = list.ids.indexOf(Number((event.target as HTMLElement).dataset["id"]));
    if (at < 0) return;
    if (event.key === "ArrowDown") focusRow(Math.min(list.ids.length - 1, at + 1));
    else if (event.key === "ArrowUp") focusRow(Math.max(0, at - 1));
    else if (event.key === "Home") focusRow(0);
    else if (event.key === "End") focusRow(list.ids.length - 1);
    else if (event.key === "Enter" || event.key === " ") onPick(list.ids[at] as number);
    else return;
    event.preventDefault();
  };
  if (list.state === "failed") {
    return <EmptyState icon={CloudOff} text={t("inbox.load_failed")} alert><Button onClick={controls.retry}>{t("app.retry")}</Button></EmptyState>;
  }
  if (list.state === "loading") return <SkeletonRows rows={8} label={t("app.loading")} />;
  const waiting = list.waiting.length;
  return (
    <div className="list-frame" onPointerLeave={onLeave}>
      {waiting > 0 ? (
        <button type="button" className="list-fresh" onClick={() => { controls.flush(); scroller.current?.scrollTo({ top: 0 }); }}>{t("inbox.fresh", { count: waiting })}</button>
      ) : null}
      <div ref={scroller} className="list-scroll" {...(list.ids.length > 0 ? { role: "listbox", "aria-label": t("inbox.list") } : {})} onKeyDown={key} onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && onLeave()}>
        {list.ids.length === 0 ? <Empty query={query} onQuery={onQuery} onNew={onNew} /> : (
          <div className="list-canvas" style={{ height: virtual.getTotalSize() }}>
            {rows.map((row) => {
              const head = heads.get(list.ids[row.index] ?? -1);
              if (!head) return null;
              return (
                <div key={row.key} className="list-slot" style={{ transform: `translateY(${row.start}px)` }}>
                  <Row head={head} selected={head.id === selected} reachable={place >= 0 ? row.index === place : row.index === 0} now={now} position={row.index} total={list.ids.length} onPick={onPick} />
                </div>
              );
            })}
          </div>
        )}
      </div>
    </div>
  );
}

/** The time, once a minute. */
function useMinute(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function Empty({ query, onQuery, onNew }: Pick<ConversationListProps, "query" | "onQuery" | "onNew">) {
  const { t } = useWords();
  const { channels, may } = useWorkspace();
  const [, go] = useLocation();
  const unassigned = useHeads((state) => state.counts?.unassigned ?? 0);
  if (query.search) {
    const writable = /^\+?[\d\s().-]{6,}$|^\S+@\S+\.\S+$/.test(query.search) && may("contact_write");
    return (
      <EmptyState icon={SearchX} text={t("inbox.empty_search", { text: query.search })}>
        {writable ? <Button tone="primary" onClick={() => onNew(query.search)}><MessageSquarePlus size={16} strokeWidth={1.75} aria-hidden="true" />{t("inbox.write_to", { text: query.search })}</Button> : null}
      </EmptyState>
    );
  }
  if (query.failed) return <EmptyState icon={SearchX} text={t("inbox.empty_filter")}><Button onClick={() => onQuery({ unreplied: false, failed: false })}>{t("inbox.clear_filters")}</Button></EmptyState>;
  if (query.unreplied) return <EmptyState icon={CheckCheck} text={t("inbox.empty_unreplied")}><Button onClick={() => onQuery({ unreplied: false })}>{t("inbox.clear_filters")}</Button></EmptyState>;
  if (query.status === "closed") return <EmptyState icon={InboxIcon} text={t("inbox.empty_closed")} />;
  if (query.inbox === "mine") {
    return (
      <EmptyState icon={UserRoundCheck} text={t("inbox.empty_mine", { count: unassigned })}>
        {unassigned > 0 ? <Button tone="primary" onClick={() => go("/inbox/unassigned")}>{t("inbox.see_unassigned")}</Button> : null}
      </EmptyState>
    );
  }
  if (query.inbox === "unassigned") return <EmptyState icon={CheckCheck} text={t("inbox.empty_unassigned")} />;
  if (channels.length === 0) {
    return (
      <EmptyState icon={InboxIcon} text={t("inbox.empty_all")}>
        {may("channel_write") ? <Button tone="primary" onClick={() => go("/settings/channels")}>{t("inbox.connect")}</Button> : null}
      </EmptyState>
    );
  }
  return <EmptyState icon={InboxIcon} text={t("inbox.empty_open")} />;
}
