import { ArrowDown } from "lucide-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { trackOf } from "../media/VoiceNote";
import type { Track } from "../media/player";
import { Bubble, type BubbleActions } from "./Bubble";
import { groupTimeline, type Row } from "./grouping";
import { useHost } from "./host";
import type { Message } from "./model";
import { CommentRow, DayMark, EventLine, FoldedEvents } from "./rows";
import type { Timeline, TimelineSnapshot } from "./timeline";
import { previewOfMessage } from "./words";

export interface TimelineViewProps {
  timeline: Timeline;
  snapshot: TimelineSnapshot;
  contactName: string;
  channelNames: ReadonlyMap<string, string> | undefined;
  hideEvents: boolean;
  /** A message that was asked for by its address. */
  wanted?: number | undefined;
  unreadFrom: { id: number; count: number } | undefined;
  actions: Omit<BubbleActions, "jump">;
  onRetryComment: (key: string) => void;
  onDiscardComment: (key: string) => void;
}

/** Older messages are asked for this far before the top. */
const LOAD_AHEAD = 1_600;
const NEAR_END = 48;
/** Pages read at most to reach a quoted message. */
const JUMP_PAGES = 12;

function estimate(row: Row | undefined): number {
  if (!row) return 60;
  const day = row.day ? 44 : 0;
  if (row.kind === "event" || row.kind === "events" || row.kind === "unread") return day + 30;
  if (row.kind === "comment") return day + 78;
  const content = row.message.content;
  const meta = (row.last ? 22 : 2) + (row.first ? 10 : 0);
  if (content.kind === "text") return day + meta + 18 + 22 * Math.ceil(content.text.length / 52);
  if (content.kind === "attachment" && (content.media === "image" || content.media === "video")) return day + meta + 240;
  return day + meta + 84;
}

function voiceAfter(message: Message, messages: readonly Message[], api: Parameters<typeof trackOf>[1]): Track | undefined {
  const at = messages.findIndex((one) => one.id === message.id);
  const next = messages[at + 1];
  const content = next?.content;
  if (!next || content?.kind !== "attachment" || !content.voice || !content.file || next.traffic !== message.traffic) return undefined;
  return trackOf({ id: content.file.id, size: content.file.size, voice: true, local: next.local_url, next: () => voiceAfter(next, messages, api) }, api);
}

/** The rows, drawn only where they are seen; it stays at the end while the reader is there. */
export function TimelineView(props: TimelineViewProps) {
  const { timeline, snapshot, contactName, channelNames, hideEvents, unreadFrom, actions } = props;
  const { t, api, zone, me } = useHost();
  const scroller = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [atEnd, setAtEnd] = useState(true);
  const [marked, setMarked] = useState<number>();
  const seen = useRef(0);
  const [missed, setMissed] = useState(0);

  const moreBefore = snapshot.older !== "none";
  const rows = useMemo(
    () => groupTimeline(snapshot.items, { zone, opened, hideEvents, unreadFrom, moreBefore }),
    [snapshot.items, zone, opened, hideEvents, unreadFrom, moreBefore],
  );
  const messages = useMemo(() => snapshot.items.filter((item) => item.item === "message"), [snapshot.items]);
  const latest = useRef({ rows, messages });
  latest.current = { rows, messages };

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => estimate(latest.current.rows[index]),
    getItemKey: useCallback((index: number) => latest.current.rows[index]?.key ?? index, []),
    // Rows are there in the first frame already, before anything was measured.
    initialRect: { width: 640, height: 720 },
    overscan: 10,
    paddingStart: 56,
    paddingEnd: 16,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: NEAR_END,
  });

  useLayoutEffect(() => {
    virtualizer.scrollToEnd();
  }, [timeline, snapshot.generation === 0, virtualizer]);

  const loadOlder = useCallback(() => {
    const box = scroller.current;
    if (box && box.scrollTop < LOAD_AHEAD && timeline.getSnapshot().older === "more") void timeline.loadOlder();
  }, [timeline]);

  const onScroll = useCallback(() => {
    const box = scroller.current;
    if (!box) return;
    const end = box.scrollHeight - box.scrollTop - box.clientHeight <= NEAR_END;
    setAtEnd(end);
    if (end) setMissed(0);
    loadOlder();
  }, [loadOlder]);

  useEffect(loadOlder, [loadOlder, rows]);

  // A composer that grows or shrinks takes from the top of what is seen, not from its end.
  const followEnd = useRef(true);
  followEnd.current = atEnd;
  useEffect(() => {
    const box = scroller.current;
    if (!box || typeof ResizeObserver === "undefined") return undefined;
    const observer = new ResizeObserver(() => followEnd.current && virtualizer.scrollToEnd());
    observer.observe(box);
    return () => observer.disconnect();
  }, [virtualizer]);

  // What comes while the reader is further up is counted; what he sends himself takes him to the end.
  const last = messages.at(-1);
  useEffect(() => {
    const newest = last?.id ?? 0;
    const before = seen.current;
    seen.current = Math.max(before, newest);
    if (before === 0 || newest <= before || !last) return;
    if (last.traffic === "outgoing" && last.sender.user_id === me && last.client_key) virtualizer.scrollToEnd();
    else if (!atEnd && last.traffic === "incoming") setMissed((count) => count + latest.current.messages.filter((one) => one.id > before && one.traffic === "incoming").length);
  }, [last, me, atEnd, virtualizer]);

  const jump = useCallback(
    async (id: number) => {
      for (let pages = 0; pages < JUMP_PAGES && !timeline.find(id) && timeline.getSnapshot().older === "more"; pages += 1) await timeline.loadOlder();
      requestAnimationFrame(() => {
        const index = latest.current.rows.findIndex((row) => row.kind === "message" && row.message.id === id);
        if (index === -1) return;
        virtualizer.scrollToIndex(index, { align: "center" });
        setMarked(id);
        setTimeout(() => setMarked(undefined), 1_600);
      });
    },
    [timeline, virtualizer],
  );
  const { wanted } = props;
  const ready = snapshot.state === "ready";
  useEffect(() => {
    if (wanted !== undefined && ready) void jump(wanted);
  }, [wanted, ready, jump]);
  const bubbleActions = useMemo<BubbleActions>(() => ({ ...actions, jump: (id) => void jump(id) }), [actions, jump]);
  const nextVoice = useCallback((message: Message) => () => voiceAfter(message, latest.current.messages, api), [api]);
  const toggle = useCallback((key: string) => {
    setOpened((before) => {
      const next = new Set(before);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  }, []);

  // From the log, the arrows go from message to message; Tab then reaches the tools of the one in focus.
  const walk = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    const target = event.target as HTMLElement;
    if (step === 0 || (target !== event.currentTarget && target.tagName !== "ARTICLE")) return;
    event.preventDefault();
    const articles = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-index] article")].sort(byIndex);
    const at = articles.indexOf(target);
    const next = at === -1 ? lastSeen(articles, event.currentTarget) : articles[at + step];
    next?.focus();
  };

  const visible = virtualizer.getVirtualItems();
  const top = virtualizer.scrollOffset ?? 0;
  const topRow = visible.find((item) => item.end > top + 8);
  const floating = topRow ? rows[topRow.index] : undefined;
  const floatingAt = floating ? atOf(floating) : undefined;
  const inPlace = topRow !== undefined && floating?.day !== undefined && topRow.start >= top - 4;

  const draw = (row: Row) => {
    switch (row.kind) {
      case "message":
        return (
          <Bubble
            message={row.message} first={row.first} last={row.last} contactName={contactName} channelName={row.first ? channelNames?.get(row.message.channel_id) : undefined}
            quoted={row.message.reply?.id === undefined ? undefined : timeline.find(row.message.reply.id)} actions={bubbleActions}
            nextVoice={row.message.content.kind === "attachment" && row.message.content.voice ? nextVoice(row.message) : undefined}
          />
        );
      case "comment":
        return <CommentRow comment={row.comment} onRetry={props.onRetryComment} onDiscard={props.onDiscardComment} />;
      case "event":
        return <EventLine activity={row.activity} contactName={contactName} />;
      case "events":
        return <FoldedEvents row={row} contactName={contactName} onToggle={toggle} />;
      default:
        return <p className="cv-unread"><span>{t("thread.new_here", { count: row.count })}</span></p>;
    }
  };

  return (
    <div className="cv-timeline">
      <div ref={scroller} className="cv-scroll" onScroll={onScroll} onKeyDown={walk} tabIndex={0} role="log" aria-label={t("thread.log")} aria-live="off" aria-busy={snapshot.older === "loading"}>
        {floatingAt !== undefined && !inPlace && top > 40 ? <DayMark at={floatingAt} floating /> : null}
        <div className="cv-canvas" style={{ height: virtualizer.getTotalSize() }}>
          <Top snapshot={snapshot} contactName={contactName} onRetry={() => void timeline.loadOlder()} />
          {visible.map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            const isMarked = row.kind === "message" && row.message.id === marked;
            return (
              <div key={item.key} ref={virtualizer.measureElement} data-index={item.index} data-marked={isMarked} className="cv-row" style={{ transform: `translateY(${item.start}px)` }}>
                <div className="cv-column">
                  {row.day ? <DayMark at={row.day.at} /> : null}
                  {draw(row)}
                </div>
              </div>
            );
          })}
        </div>
      </div>
      {atEnd ? null : (
        <button type="button" className="cv-newest" onClick={() => virtualizer.scrollToEnd()} aria-label={t("thread.jump_newest")}>
          <ArrowDown size={16} strokeWidth={1.75} aria-hidden="true" />
          {missed > 0 ? <span>{t("thread.new_here", { count: missed })}</span> : null}
        </button>
      )}
      <Announcer message={last} contactName={contactName} />
    </div>
  );
}

function indexOf(article: HTMLElement): number {
  return Number(article.closest<HTMLElement>("[data-index]")?.dataset["index"]);
}

function byIndex(a: HTMLElement, b: HTMLElement): number {
  return indexOf(a) - indexOf(b);
}

/** The lowest message that the reader sees. */
function lastSeen(articles: HTMLElement[], box: HTMLElement): HTMLElement | undefined {
  const bottom = box.getBoundingClientRect().bottom;
  return articles.findLast((article) => article.getBoundingClientRect().top <= bottom);
}

function atOf(row: Row): number | undefined {
  if (row.kind === "message") return row.message.at;
  if (row.kind === "comment") return row.comment.at;
  if (row.kind === "event") return row.activity.at;
  return row.kind === "events" ? row.activities[0]?.at : row.day?.at;
}

function Top({ snapshot, contactName, onRetry }: { snapshot: TimelineSnapshot; contactName: string; onRetry: () => void }) {
  const { t } = useHost();
  if (snapshot.state !== "ready" || snapshot.items.length === 0) return null;
  return (
    <div className="cv-top">
      {snapshot.older === "loading" ? <span className="cv-spinner" role="status" aria-label={t("thread.loading")} /> : null}
      {snapshot.older === "none" ? <span>{t("thread.beginning", { name: contactName })}</span> : null}
      {snapshot.older === "failed" ? <span>{t("thread.older_failed")} <button type="button" onClick={onRetry}>{t("thread.try_again")}</button></span> : null}
    </div>
  );
}

/** Reads out what the contact writes while the conversation is open; never what was there before. */
function Announcer({ message, contactName }: { message: Message | undefined; contactName: string }) {
  const { t } = useHost();
  const before = useRef<number | undefined>(undefined);
  const [said, setSaid] = useState("");
  useEffect(() => {
    const known = before.current;
    before.current = message?.id;
    if (!message || known === undefined || message.id <= known || message.traffic === "outgoing") return;
    setSaid(t("thread.announce", { name: contactName, text: previewOfMessage(message, t) }));
  }, [message, contactName, t]);
  return <p className="cv-hidden" role="status" aria-live="polite">{said}</p>;
}
