import { ArrowDownUp, ChevronDown, ListFilter, MessageSquarePlus, Search, X } from "lucide-react";
import { useEffect, useRef, useState, type RefObject } from "react";
import { useLocation } from "wouter";
import { remember } from "../app/preferences";
import { useWords } from "../i18n";
import { useHeads, type ListQuery } from "../state/heads";
import { IconButton } from "../ui/Button";
import { ICON, ICON_LARGE } from "../ui/icon";
import { Menu, MenuCheck, MenuChoice } from "../ui/Menu";
import { ConversationList, type ConversationListProps } from "./ConversationList";
import { countText, useInboxes } from "./Inboxes";

/** Widths of the list in pixels. */
export const LIST = { start: 344, min: 280, max: 520 };
const SEARCH_MS = 200;

export interface ListPaneProps extends Omit<ConversationListProps, "onNew"> {
  searchBox: RefObject<HTMLInputElement | null>;
  resizable: boolean;
  width: number;
  onWidth: (width: number) => void;
  /** The inboxes are a menu here. */
  menu: boolean;
  onNew: ((to: string) => void) | undefined;
}

/** The list with its search and its filters. */
export function ListPane({ searchBox, resizable, width, onWidth, menu, onNew, ...list }: ListPaneProps) {
  const { t } = useWords();
  const { query, onQuery } = list;
  return (
    <section className="list" aria-label={t("inbox.list")} style={resizable ? { width } : undefined}>
      <div className="list-head">
        {menu ? <InboxMenu inbox={query.inbox} /> : <h2 className="ellipsis">{t(`inbox.${query.inbox}`)}</h2>}
        {onNew ? <IconButton label={t("inbox.new_message")} onClick={() => onNew("")}><MessageSquarePlus {...ICON_LARGE} /></IconButton> : null}
      </div>
      <div className="list-tools">
        <SearchBox box={searchBox} value={query.search} onChange={(search) => onQuery({ search })} />
        {query.search ? null : <Filters query={query} onQuery={onQuery} />}
      </div>
      <ConversationList {...list} onNew={(to) => onNew?.(to)} />
      {resizable ? <Split width={width} onWidth={onWidth} label={t("inbox.list_width")} /> : null}
    </section>
  );
}

function SearchBox({ box, value, onChange }: { box: RefObject<HTMLInputElement | null>; value: string; onChange: (text: string) => void }) {
  const { t } = useWords();
  const [text, setText] = useState(value);
  const latest = useRef(onChange);
  latest.current = onChange;
  useEffect(() => {
    const timer = setTimeout(() => latest.current(text.trim()), text === "" ? 0 : SEARCH_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div className="list-search" role="search">
      <Search {...ICON} />
      <input
        ref={box} type="search" className="ui-input" aria-label={`${t("app.search")}: ${t("inbox.search")}`} placeholder={t("inbox.search")} autoComplete="off" spellCheck={false}
        value={text} onChange={(event) => setText(event.target.value)} onKeyDown={(event) => { if (event.key === "Escape") { setText(""); event.currentTarget.blur(); } }}
      />
      {text ? <button type="button" className="ui-icon-button" aria-label={t("inbox.clear_search")} onClick={() => { setText(""); box.current?.focus(); }}><X {...ICON} /></button> : null}
    </div>
  );
}

function Filters({ query, onQuery }: { query: ListQuery; onQuery: (change: Partial<ListQuery>) => void }) {
  const { t } = useWords();
  const active = Number(query.unreplied) + Number(query.failed);
  return (
    <div className="list-filters">
      <Menu trigger={<button type="button" className="list-filter" aria-label={`${t("inbox.status")}: ${t(`inbox.${query.status}`)}`}>{t(`inbox.${query.status}`)}<ChevronDown size={14} strokeWidth={1.75} aria-hidden="true" /></button>}>
        <MenuChoice value={query.status} onChange={(status) => onQuery({ status })} options={(["open", "closed"] as const).map((value) => ({ value, label: t(`inbox.${value}`) }))} />
      </Menu>
      <button type="button" className="list-filter" aria-pressed={query.unreplied} onClick={() => onQuery({ unreplied: !query.unreplied })}><span className="ellipsis">{t("inbox.unreplied")}</span></button>
      <Menu trigger={<button type="button" className="list-filter" data-on={query.failed || undefined} aria-label={`${t("inbox.filters")} (${active})`} title={t("inbox.filters")}><ListFilter size={14} strokeWidth={1.75} aria-hidden="true" /></button>}>
        <MenuCheck checked={query.unreplied} onChange={(unreplied) => onQuery({ unreplied })}>{t("inbox.unreplied")}</MenuCheck>
        <MenuCheck checked={query.failed} onChange={(failed) => onQuery({ failed })}>{t("inbox.failed")}</MenuCheck>
      </Menu>
      <Menu align="end" trigger={<button type="button" className="list-filter list-order" aria-label={`${t("inbox.order")}: ${t(`inbox.${query.order}`)}`} title={`${t("inbox.order")}: ${t(`inbox.${query.order}`)}`}><ArrowDownUp size={14} strokeWidth={1.75} aria-hidden="true" /></button>}>
        <MenuChoice value={query.order} onChange={(order) => onQuery({ order })} options={(["newest", "oldest"] as const).map((value) => ({ value, label: t(`inbox.${value}`) }))} />
      </Menu>
    </div>
  );
}

function InboxMenu({ inbox }: { inbox: ListQuery["inbox"] }) {
  const { t } = useWords();
  const [, go] = useLocation();
  const counts = useHeads((state) => state.counts);
  const options = useInboxes().map(({ key }) => ({ value: key, label: `${t(`inbox.${key}`)} ${countText(counts?.[key])}` }));
  return (
    <Menu trigger={<button type="button" className="list-pick" aria-label={`${t("inbox.inboxes")}: ${t(`inbox.${inbox}`)}`}><span className="ellipsis">{t(`inbox.${inbox}`)}</span><ChevronDown {...ICON} /></button>}>
      <MenuChoice value={inbox} onChange={(next) => go(`/inbox/${next}`)} options={options} />
    </Menu>
  );
}

/** The edge that makes the list wider or narrower, by pointer and by arrow keys. */
function Split({ width, onWidth, label }: { width: number; onWidth: (width: number) => void; label: string }) {
  const set = (next: number) => {
    const bounded = Math.min(LIST.max, Math.max(LIST.min, Math.round(next)));
    onWidth(bounded);
    remember("list", String(bounded));
  };
  return (
    <div
      className="split" role="separator" aria-orientation="vertical" aria-label={label} aria-valuenow={width} aria-valuemin={LIST.min} aria-valuemax={LIST.max} tabIndex={0}
      onKeyDown={(event) => {
        if (event.key === "ArrowLeft") set(width - 16);
        else if (event.key === "ArrowRight") set(width + 16);
      }}
      onDoubleClick={() => set(LIST.start)}
      onPointerDown={(event) => {
        const from = event.clientX - width;
        const target = event.currentTarget;
        target.setPointerCapture(event.pointerId);
        target.dataset["active"] = "true";
        const move = (moved: PointerEvent) => set(moved.clientX - from);
        const end = () => {
          delete target.dataset["active"];
          target.removeEventListener("pointermove", move);
        };
        target.addEventListener("pointermove", move);
        target.addEventListener("lostpointercapture", end, { once: true });
      }}
    />
  );
}
