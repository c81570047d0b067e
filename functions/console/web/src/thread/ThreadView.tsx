import { MessagesSquare } from "lucide-react";
import { useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState, useSyncExternalStore, type DragEvent, type ReactNode, type Ref } from "react";
import { Composer, type ComposerHandle } from "../composer/Composer";
import { player } from "../media/player";
import type { BubbleActions } from "./Bubble";
import { useHost } from "./host";
import { conversationOf } from "./conversations";
import type { ContactHead, Message } from "./model";
import { normaliseMessage } from "./normalise";
import { TimelineView } from "./TimelineView";
import "./thread.css";
import "../composer/composer.css";

export interface ThreadHandle {
  focusReply: () => void;
  focusComment: () => void;
}

export interface ThreadViewProps {
  head: ContactHead;
  header?: ReactNode;
  hideEvents?: boolean;
  /** A message to go to. */
  wanted?: number | undefined;
  onUnblock?: (() => void) | undefined;
  ref?: Ref<ThreadHandle>;
}

/** A conversation: its timeline and where one writes. Give it `key={head.id}`. */
export function ThreadView({ head, header, hideEvents = false, wanted, onUnblock, ref }: ThreadViewProps) {
  const host = useHost();
  const { t } = host;
  const latestHost = useRef(host);
  latestHost.current = host;
  const conversation = useMemo(() => conversationOf(head.id, latestHost.current), [head.id]);
  conversation.host = host;
  const { timeline, outbox } = conversation;
  const snapshot = useSyncExternalStore(timeline.subscribe, timeline.getSnapshot);
  const [replyTo, setReplyTo] = useState<Message>();
  const [dragging, setDragging] = useState(false);
  const [unread] = useState(head.unread);
  const composer = useRef<ComposerHandle>(null);
  const { onItem, onReconnect } = host;

  useEffect(() => {
    void timeline.load();
    const stopItems = onItem((contact, item) => contact === timeline.contact && timeline.push(item));
    const stopReconnect = onReconnect(() => void timeline.load());
    return () => {
      stopItems();
      stopReconnect();
    };
  }, [timeline, onItem, onReconnect]);
  useEffect(() => () => player().stop(), [timeline]);
  useImperativeHandle(ref, () => ({
    focusReply: () => composer.current?.focusReply(),
    focusComment: () => composer.current?.focusComment(),
  }), []);

  // Found once, with the page that this opening read: the mark stays where reading began.
  const [before] = useState(snapshot.generation);
  const firstUnread = useRef<{ id: number; count: number } | undefined>(undefined);
  if (snapshot.generation > before && unread > 0 && firstUnread.current === undefined) {
    const incoming = snapshot.items.filter((item) => item.item === "message" && item.traffic === "incoming");
    const first = incoming.at(-unread);
    if (first) firstUnread.current = { id: first.id, count: unread };
  }

  const actions = useMemo<Omit<BubbleActions, "jump">>(() => ({
    reply: (message) => setReplyTo(message),
    react: (message, emoji) => {
      const others = message.reactions.filter((one) => one.from !== "us");
      timeline.patch(message.id, { reactions: emoji ? [...others, { from: "us", emoji, at: Date.now() }] : others });
      latestHost.current.api.react(timeline.contact, message.id, emoji).then(
        ({ message: made }) => made && timeline.push({ item: "message", ...made }),
        () => {
          timeline.patch(message.id, { reactions: message.reactions });
          latestHost.current.toast(latestHost.current.t("message.react_failed"));
        },
      );
    },
    retry: (message) => {
      if (message.client_key && message.version === 0) {
        outbox.retry(message.client_key);
        return;
      }
      timeline.patch(message.id, { state: "pending" });
      latestHost.current.api.retry(timeline.contact, message.id).then(
        ({ message: made }) => timeline.push({ item: "message", ...normaliseMessage(made) }),
        () => {
          timeline.patch(message.id, { state: message.state ?? "failed" });
          latestHost.current.toast(latestHost.current.t("message.retry_failed"));
        },
      );
    },
    discard: (message) => message.client_key && outbox.discard(message.client_key),
  }), [timeline, outbox]);

  const channelNames = useMemo(() => {
    const used = new Set(head.channels.map((one) => one.channel_id));
    return used.size > 1 ? new Map(host.channels.filter((one) => used.has(one.id)).map((one) => [one.id, one.name])) : undefined;
  }, [head.channels, host.channels]);
  const cancelReply = useCallback(() => setReplyTo(undefined), []);
  const drag = (event: DragEvent, over: boolean) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    if (over || !event.currentTarget.contains(event.relatedTarget as Node | null)) setDragging(over);
  };
  const drop = (event: DragEvent) => {
    setDragging(false);
    if (event.defaultPrevented || event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    composer.current?.addFiles([...event.dataTransfer.files]);
  };

  return (
    <section className="cv-thread" aria-label={t("thread.label", { name: head.name })} onDragOver={(event) => drag(event, true)} onDragLeave={(event) => drag(event, false)} onDrop={drop}>
      {header}
      {snapshot.state === "loading" ? <Skeleton /> : snapshot.state === "failed" ? (
        <div className="cv-state" role="alert">
          <p>{t("thread.load_failed")}</p>
          <button type="button" className="cv-button" onClick={() => void timeline.load()}>{t("thread.try_again")}</button>
        </div>
      ) : snapshot.items.length === 0 ? (
        <div className="cv-state"><MessagesSquare size={40} strokeWidth={1.25} aria-hidden="true" /><p>{t("thread.empty")}</p></div>
      ) : (
        <TimelineView
          timeline={timeline} snapshot={snapshot} contactName={head.name} channelNames={channelNames} hideEvents={hideEvents} wanted={wanted} unreadFrom={firstUnread.current}
          actions={actions} onRetryComment={(key) => outbox.retry(key)} onDiscardComment={(key) => outbox.discard(key)}
        />
      )}
      <Composer ref={composer} head={head} outbox={outbox} replyTo={replyTo} onCancelReply={cancelReply} onUnblock={onUnblock} />
      {dragging ? <div className="cv-dropzone" aria-hidden="true">{t("composer.drop")}</div> : null}
    </section>
  );
}

/** Shown after 150 ms by the style sheet, in the shape of what comes. */
function Skeleton() {
  const { t } = useHost();
  return (
    <div className="cv-skeleton" role="status" aria-label={t("thread.loading")}>
      {[46, 62, 34, 70, 52, 40].map((width, index) => <i key={index} data-side={index % 3 === 2 ? "outgoing" : "incoming"} style={{ width: `${width}%` }} />)}
    </div>
  );
}
