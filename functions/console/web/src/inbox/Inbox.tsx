import { MessagesSquare } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { usePlainKeys } from "../app/keys";
import { remember, remembered, rememberedNumber } from "../app/preferences";
import { useMedia, useWidth } from "../app/useMedia";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { DEFAULT_QUERY, useHeads, type ListQuery } from "../state/heads";
import { resumeConversations } from "../thread/conversations";
import { HostContext } from "../thread/host";
import type { ThreadHandle } from "../thread/ThreadView";
import { useConversationHost } from "../thread/useConversationHost";
import { Dialog } from "../ui/Dialog";
import { EmptyState } from "../ui/State";
import { CloseDialog } from "./CloseDialog";
import { Inboxes } from "./Inboxes";
import { LIST, ListPane } from "./ListPane";
import { NewMessageDialog } from "./NewMessageDialog";
import { MissingContact, ThreadPane, useHead, useReading } from "./ThreadPane";
import { useContactActions } from "./useContactActions";
import { useCounts, useList } from "./useList";

const INBOXES_WIDTH = 216;
const DETAILS_WIDTH = 320;
const THREAD_WIDTH = 480;

const ContactPanel = lazy(() => import("../contact/ContactPanel"));

function inboxOf(name: string): ListQuery["inbox"] {
  return name === "mine" || name === "unassigned" ? name : "all";
}

/** The inbox: inboxes, list, conversation, details; fewer of them beside each other as the window narrows. */
export function Inbox({ inbox: name, contact }: { inbox: string; contact: number | undefined }) {
  const { t } = useWords();
  const { may, workspace } = useWorkspace();
  const [, go] = useLocation();
  const search = useSearch();
  const roomy = useMedia("(min-width: 1024px)");
  const narrow = useMedia("(max-width: 719px)");
  const inbox = inboxOf(name);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [listWidth, setListWidth] = useState(() => rememberedNumber("list", LIST.start, LIST.min, LIST.max));
  // The details stand beside the conversation only where it keeps the room to be read.
  const wide = roomy && width - INBOXES_WIDTH - listWidth - DETAILS_WIDTH >= THREAD_WIDTH;
  const [filters, setFilters] = useState<Omit<ListQuery, "inbox">>(DEFAULT_QUERY);
  const query = useMemo<ListQuery>(() => ({ ...filters, inbox }), [filters, inbox]);
  const [panel, setPanel] = useState(() => remembered("details") !== "hidden");
  const [drawer, setDrawer] = useState(false);
  const [assigning, setAssigning] = useState(false);
  const [closing, setClosing] = useState(false);
  const [writing, setWriting] = useState<string>();
  const thread = useRef<ThreadHandle>(null);
  const searchBox = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLDivElement>(null);

  const held = useCallback(() => {
    const box = scroller.current;
    if (!box) return false;
    return box.parentElement?.matches(":hover") === true || box.scrollTop > 8 || (box.contains(document.activeElement) && document.activeElement?.matches(":focus-visible") === true);
  }, []);
  const controls = useList(query, held, contact);
  useCounts();
  const actions = useContactActions();
  const { head, missing, failed, retry } = useHead(contact);
  const { keepUnread } = useReading(head, actions);
  const host = useConversationHost();
  const resumed = useRef("");
  useEffect(() => {
    if (resumed.current === host.workspace) return;
    resumed.current = host.workspace;
    void resumeConversations(host);
  }, [host]);

  useEffect(() => {
    setDrawer(false);
    setAssigning(false);
    setClosing(false);
  }, [contact]);
  useEffect(() => {
    if (new URLSearchParams(search).get("new") !== "1") return;
    setWriting("");
    go(`/inbox/${inbox}`, { replace: true });
  }, [search, go, inbox]);

  const pick = useCallback((id: number) => go(`/inbox/${inbox}/${id}`), [go, inbox]);
  const step = (by: number) => {
    const { ids } = useHeads.getState().list;
    const at = contact === undefined ? -1 : ids.indexOf(contact);
    const next = ids[at < 0 ? 0 : Math.max(0, Math.min(ids.length - 1, at + by))];
    if (next !== undefined && next !== contact) pick(next);
  };
  const manages = may("conversation_manage");
  const close = () => {
    if (!head || !manages) return;
    const mode = workspace.closing_note_mode;
    if (mode === "mandatory_category" || mode === "mandatory_both") setClosing(true);
    else actions.close(head, {});
  };
  const markUnread = () => {
    if (!head) return;
    keepUnread();
    actions.markUnread(head);
    if (narrow) go(`/inbox/${inbox}`);
  };
  const showPanel = (shown: boolean) => {
    setPanel(shown);
    remember("details", shown ? null : "hidden");
  };
  usePlainKeys({
    j: () => step(1), k: () => step(-1), "/": () => searchBox.current?.focus(),
    r: head && (() => thread.current?.focusReply()), n: head && (() => thread.current?.focusComment()),
    a: head && manages ? () => setAssigning(true) : undefined,
    e: head && manages ? () => (head.status === "open" ? close() : actions.open(head)) : undefined,
    u: head && markUnread, c: may("contact_write") ? () => setWriting("") : undefined,
  });

  const showList = !narrow || contact === undefined;
  const showThread = !narrow || contact !== undefined;
  const details = head ? <Suspense fallback={null}><ContactPanel key={head.id} head={head} /></Suspense> : null;
  return (
    <HostContext value={host}>
      <div className="inbox" ref={frame}>
        {roomy ? <Inboxes inbox={inbox} /> : null}
        {showList ? (
          <ListPane
            query={query} selected={contact} controls={controls} scroller={scroller} searchBox={searchBox} resizable={!narrow} width={listWidth} onWidth={setListWidth} menu={!roomy}
            onQuery={(change) => setFilters((now) => ({ ...now, ...change }))} onPick={pick} onNew={may("contact_write") ? setWriting : undefined}
            onLeave={() => requestAnimationFrame(() => !held() && controls.flush())}
          />
        ) : null}
        {showThread ? (
          <div className="thread-pane">
            {head && !missing ? (
              <ThreadPane
                head={head} actions={actions} handle={thread} wanted={Number(new URLSearchParams(search).get("m")) || undefined} assigning={assigning} onAssigning={setAssigning} onClose={close} onCloseWithNotes={workspace.closing_note_mode === "optional" && manages ? () => setClosing(true) : undefined} onMarkUnread={markUnread}
                onBack={narrow ? () => go(`/inbox/${inbox}`) : undefined} onDetails={() => (wide ? showPanel(!panel) : setDrawer(true))}
              />
            ) : missing || failed ? <MissingContact failed={failed} retry={retry} /> : contact === undefined ? <EmptyState icon={MessagesSquare} text={t("inbox.pick")} /> : null}
          </div>
        ) : null}
        {wide && panel && head && !missing ? <aside className="details" aria-label={t("contact.panel")}>{details}</aside> : null}
      </div>
      {wide ? null : <Dialog title={t("contact.panel")} place="right" open={drawer && head !== undefined} onClose={() => setDrawer(false)}>{details}</Dialog>}
      {closing && head ? <CloseDialog name={head.name} onClose={() => setClosing(false)} onSubmit={(note) => { setClosing(false); actions.close(head, note); }} /> : null}
      {writing === undefined ? null : (
        <NewMessageDialog
          to={writing} onClose={() => setWriting(undefined)}
          onContact={(made, created) => {
            setWriting(undefined);
            if (!created) host.toast(t("new.found", { name: made.name }));
            pick(made.id);
          }}
        />
      )}
    </HostContext>
  );
}
