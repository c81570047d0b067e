import { UserRoundX } from "lucide-react";
import { useEffect, useRef, useState, type RefObject } from "react";
import type { ContactHead } from "../api/types";
import { ApiError } from "../api/client";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { ThreadHeader } from "../thread/ThreadHeader";
import { ThreadView, type ThreadHandle } from "../thread/ThreadView";
import { remember, remembered } from "../app/preferences";
import { useHeads } from "../state/heads";
import { Button } from "../ui/Button";
import { EmptyState } from "../ui/State";
import { AssigneeMenu } from "./AssigneeMenu";
import type { ContactActions } from "./useContactActions";

/** The head of a contact: what is held, else what the server says. */
export function useHead(id: number | undefined): { head: ContactHead | undefined; missing: boolean; failed: boolean; retry: () => void } {
  const { request, takeHeads, signals } = useWorkspace();
  const head = useHeads((state) => (id === undefined ? undefined : state.heads.get(id)));
  const [state, setState] = useState<"ok" | "missing" | "failed">("ok");
  const [attempt, setAttempt] = useState(0);
  const known = head !== undefined;
  useEffect(() => {
    setState("ok");
    if (id === undefined || known) return;
    let live = true;
    request<{ head: ContactHead }>("GET", `contacts/${id}`).then(
      (answer) => takeHeads([answer.head]),
      (error: unknown) => live && setState(error instanceof ApiError && error.status >= 400 && error.status < 500 ? "missing" : "failed"),
    );
    return () => {
      live = false;
    };
  }, [id, known, request, takeHeads, attempt]);
  useEffect(() => signals.gone.on((gone) => gone === id && setState("missing")), [signals, id]);
  return { head, missing: state === "missing", failed: state === "failed", retry: () => setAttempt((n) => n + 1) };
}

export interface ThreadPaneProps {
  head: ContactHead;
  actions: ContactActions;
  handle: RefObject<ThreadHandle | null>;
  /** A message to go to. */
  wanted?: number | undefined;
  assigning: boolean;
  onAssigning: (open: boolean) => void;
  onClose: () => void;
  onCloseWithNotes?: (() => void) | undefined;
  onMarkUnread: () => void;
  onBack?: (() => void) | undefined;
  onDetails?: (() => void) | undefined;
}

/** A conversation with what can be done with it. */
export function ThreadPane({ head, actions, handle, wanted, assigning, onAssigning, onClose, onCloseWithNotes, onMarkUnread, onBack, onDetails }: ThreadPaneProps) {
  const [hideEvents, setHideEvents] = useState(() => remembered("events") === "hidden");
  const hide = (hidden: boolean) => {
    setHideEvents(hidden);
    remember("events", hidden ? "hidden" : null);
  };
  const header = (
    <ThreadHeader
      head={head} hideEvents={hideEvents} onHideEvents={hide} onBack={onBack} onDetails={onDetails} onOpen={() => actions.open(head)} onClose={onClose} onCloseWithNotes={onCloseWithNotes}
      onMarkUnread={onMarkUnread} onBlock={(blocked) => actions.block(head, blocked)}
      assignee={<AssigneeMenu head={head} open={assigning} onOpenChange={onAssigning} onAssign={(user) => actions.assign(head, user)} />}
    />
  );
  return <ThreadView key={head.id} head={head} header={header} hideEvents={hideEvents} wanted={wanted} onUnblock={() => actions.block(head, false)} ref={handle} />;
}

/**
 * Marks an open conversation as read for us while somebody looks at it, and tells the server which one is looked at.
 * Whether the provider hears of it is the channel's choice.
 */
export function useReading(head: ContactHead | undefined, actions: ContactActions): { keepUnread: () => void } {
  const { view, may } = useWorkspace();
  // Who only reads takes nothing off the plate of those who answer.
  const manages = may("conversation_manage");
  const kept = useRef<number>(undefined);
  const seen = useRef<{ id: number; message: number | undefined }>(undefined);
  const id = head?.id;
  const unread = head?.unread ?? 0;
  const last = head?.last_message?.id;
  useEffect(() => {
    view(id ?? null);
    kept.current = undefined;
    return () => view(null);
  }, [id, view]);
  useEffect(() => {
    if (id === undefined || unread === 0 || !manages) return;
    // Marked as unread by hand: stays so until another conversation was opened or something new came.
    if (kept.current === id && seen.current?.message === last) return;
    const read = () => {
      if (document.visibilityState !== "visible") return;
      kept.current = undefined;
      seen.current = { id, message: last };
      actions.markRead(id, true);
    };
    const timer = setTimeout(read, 400);
    document.addEventListener("visibilitychange", read);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", read);
    };
  }, [id, unread, last, actions, manages]);
  return {
    keepUnread: () => {
      kept.current = id;
      seen.current = id === undefined ? undefined : { id, message: last };
    },
  };
}

export function MissingContact({ failed, retry }: { failed: boolean; retry: () => void }) {
  const { t } = useWords();
  return <EmptyState icon={UserRoundX} text={t(failed ? "contact.load_failed" : "error.not_found")} alert>{failed ? <Button onClick={retry}>{t("app.retry")}</Button> : null}</EmptyState>;
}
