import { ArrowDown, ArrowUp, Ban, CircleDashed, CloudOff, Columns3, Download, Filter as FilterIcon, MessageSquare, Pencil, Search, Trash2, TriangleAlert, UserPlus, UserRound, UsersRound, X } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { problemText } from "../api/problem";
import type { ContactHead } from "../api/types";
import { remember, remembered } from "../app/preferences";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { useHeads } from "../state/heads";
import { Button, IconButton } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { ICON } from "../ui/icon";
import { Menu, MenuCheck, MenuLabel } from "../ui/Menu";
import { EmptyState, SkeletonRows } from "../ui/State";
import { useToast } from "../ui/Toast";
import { AddContactDialog } from "./AddContactDialog";
import { BulkBar } from "./BulkBar";
import { columns as allColumns, USUAL } from "./columns";
import { both, complete, conditions, isGroup, type Filter, type Group, type Segment } from "./filter";
import { FilterBuilder } from "./FilterBuilder";
import { SegmentDialog } from "./SegmentDialog";
import { EXACT, useContactRows, useCount, type Order } from "./useContacts";
import type { BulkAction } from "./useBulk";
import "./contacts.css";

const ContactPanel = lazy(() => import("../contact/ContactPanel"));

/** Contacts chosen at once at most. */
const MOST_CHOSEN = 10_000;
const NOTHING: Group = { all: [] };

function viewFilter(view: string, me: string): Filter {
  if (view === "mine") return { field: "assignee", operator: "is_equal_to", value: me };
  if (view === "unassigned") return { field: "assignee", operator: "does_not_exist" };
  if (view === "blocked") return { field: "blocked", operator: "is_equal_to", value: true };
  return NOTHING;
}

const VIEWS = [{ key: "all", icon: UsersRound }, { key: "mine", icon: UserRound }, { key: "unassigned", icon: CircleDashed }, { key: "blocked", icon: Ban }] as const;

/** All contacts as a table: searched, filtered, ordered, and changed many at once. */
export default function ContactsPage({ view = "all" }: { view?: string | undefined }) {
  const { t } = useWords();
  const { request, may, me } = useWorkspace();
  const [, go] = useLocation();
  const [segments, setSegments] = useState<Segment[]>();
  const [unreachable, setUnreachable] = useState(false);
  const load = useCallback(() => {
    setUnreachable(false);
    request<{ items: Segment[] }>("GET", "segments").then((read) => setSegments(read.items), () => setUnreachable(true));
  }, [request]);
  useEffect(load, [load]);
  if (!may("contact_module")) return <EmptyState icon={UsersRound} text={t("contacts.no_right")}><Button onClick={() => go("/inbox/all")}>{t("contacts.to_inbox")}</Button></EmptyState>;
  const segment = segments?.find((one) => one.id === view);
  const known = VIEWS.some((one) => one.key === view);
  return (
    <div className="contacts">
      <nav className="inboxes contacts-views" aria-label={t("contacts.views")}>
        <h1>{t("nav.contacts")}</h1>
        {VIEWS.map(({ key, icon: Icon }) => (
          <button key={key} type="button" aria-current={key === view ? "page" : undefined} onClick={() => go(`/contacts/${key}`)}><Icon {...ICON} /><span className="ellipsis">{t(`contacts.${key}`)}</span></button>
        ))}
        <h2>{t("segments.title")}</h2>
        {unreachable ? <p className="contacts-note"><span className="ui-problem" role="alert">{t("segments.unreachable")}</span><Button onClick={load}>{t("app.retry")}</Button></p> : null}
        {segments?.length === 0 ? <p className="contacts-note ui-hint">{t("segments.none")}</p> : null}
        {segments?.map((one) => (
          <button key={one.id} type="button" aria-current={one.id === view ? "page" : undefined} onClick={() => go(`/contacts/${one.id}`)} title={one.name}>
            {one.faults ? <TriangleAlert {...ICON} aria-label={t("segments.broken")} /> : <FilterIcon {...ICON} />}<span className="ellipsis">{one.name}</span>
          </button>
        ))}
      </nav>
      {known || segment ? (
        <ContactList
          key={segment ? `${segment.id}/${segment.version}` : view} view={view} segment={segment} base={segment ? segment.filter : viewFilter(view, me.user_id)}
          onSegment={(saved) => {
            setSegments((held) => [...(held ?? []).filter((one) => one.id !== saved.id), saved].sort((a, b) => a.name.localeCompare(b.name)));
            go(`/contacts/${saved.id}`);
          }}
          onDeleted={(id) => {
            setSegments((held) => held?.filter((one) => one.id !== id));
            go("/contacts/all");
          }}
        />
      ) : segments === undefined && !unreachable ? <div className="contacts-main"><SkeletonRows rows={8} label={t("app.loading")} /></div>
        : <EmptyState icon={FilterIcon} text={t("segments.gone")}><Button onClick={() => go("/contacts/all")}>{t("contacts.all")}</Button></EmptyState>}
    </div>
  );
}

function startColumns(): string[] {
  try {
    const held: unknown = JSON.parse(remembered("columns") ?? "");
    if (Array.isArray(held) && held.every((one) => typeof one === "string") && held.length > 0) return held as string[];
  } catch {
    // Nothing was remembered, or not by us.
  }
  return USUAL;
}

interface ListProps { view: string; segment: Segment | undefined; base: Filter; onSegment: (segment: Segment) => void; onDeleted: (id: string) => void }

function ContactList({ view, segment, base, onSegment, onDeleted }: ListProps) {
  const words = useWords();
  const { t, number } = words;
  const { may, fields, tags, stages, user, request, takeHeads } = useWorkspace();
  const toast = useToast();
  const [, go] = useLocation();
  const [typed, setTyped] = useState("");
  const [search, setSearch] = useState("");
  const [filtering, setFiltering] = useState(segment?.faults !== undefined);
  const [draft, setDraft] = useState<Group>(() => (segment && isGroup(segment.filter) ? segment.filter : segment ? { all: [segment.filter] } : NOTHING));
  const [order, setOrder] = useState<{ by: Order; descending: boolean }>({ by: "activity", descending: true });
  const [shown, setShown] = useState(startColumns);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [choosing, setChoosing] = useState(false);
  const [open, setOpen] = useState<ContactHead>();
  const [dialog, setDialog] = useState<"add" | "save" | "save_new" | "delete">();
  useEffect(() => {
    const timer = setTimeout(() => setSearch(typed.trim()), 250);
    return () => clearTimeout(timer);
  }, [typed]);

  // A half-written condition is not asked for: the table stays as it was before it.
  const settled = useRef<Group>(draft);
  if (complete(draft, fields)) settled.current = draft;
  const filter = segment ? settled.current : both(base, settled.current);
  const changed = segment !== undefined && JSON.stringify(draft) !== JSON.stringify(isGroup(segment.filter) ? segment.filter : { all: [segment.filter] });
  const wrong = useMemo(() => (segment?.faults && !changed ? new Set(segment.faults.map((fault) => fault.pointer)) : undefined), [segment, changed]);
  const broken = wrong !== undefined;
  const query = useMemo(() => ({ ...(broken ? { filter: { all: [{ field: "created_at", operator: "within_last", value: 1 }, { field: "created_at", operator: "before_last", value: 1 }] } as Filter } : { filter }), search, order: order.by, descending: order.descending }), [filter, broken, search, order]);
  const { rows, state, more, next, again, take, drop } = useContactRows(query);
  const count = useCount(filter, !broken);

  const columns = useMemo(() => {
    const all = allColumns(fields, words);
    return { all, shown: shown.flatMap((key) => all.find((one) => one.key === key) ?? []) };
  }, [fields, words, shown]);
  const toggle = (key: string) => setShown((held) => {
    const now = held.includes(key) ? held.filter((one) => one !== key) : [...held, key];
    const kept = now.length > 0 ? now : ["name"];
    remember("columns", JSON.stringify(kept));
    return kept;
  });
  const sort = (by: Order) => setOrder((held) => ({ by, descending: held.by === by ? !held.descending : by !== "name" }));
  const ids = rows.map((row) => row.head.id);
  const everyone = ids.length > 0 && ids.every((id) => chosen.has(id));
  const choose = (wanted: readonly number[], on: boolean) => setChosen((held) => {
    const now = new Set(held);
    wanted.forEach((id) => (on ? now.add(id) : now.delete(id)));
    return now;
  });
  const chooseAll = async () => {
    setChoosing(true);
    const found = new Set<number>();
    try {
      let cursor: string | undefined;
      do {
        const page: { items: { head: ContactHead }[]; next_cursor?: string } = await request("POST", "segments/contacts", { body: { ...query, limit: 100, ...(cursor === undefined ? {} : { cursor }) } });
        page.items.forEach((row) => found.size < MOST_CHOSEN && found.add(row.head.id));
        cursor = page.next_cursor;
      } while (cursor !== undefined && found.size < MOST_CHOSEN);
      setChosen(found);
      if (found.size >= MOST_CHOSEN) toast(t("bulk.most", { count: number(MOST_CHOSEN) }));
    } catch (error) {
      toast(problemText(error, t, "contacts.unreachable"));
    } finally {
      setChoosing(false);
    }
  };
  // Whoever is chosen; else everybody whom the filter lets in.
  const exported = () => {
    const what = chosen.size > 0 ? { kind: "contacts", contact_ids: [...chosen] } : { kind: "contacts", filter };
    request("POST", "exports", { body: { what } }).then(() => toast(t("exports.started")), (error: unknown) => toast(problemText(error, t, "exports.failed")));
  };
  const done = (action: BulkAction, changedIds: readonly number[]) => {
    setChosen(new Set());
    if (action.kind === "delete") drop(changedIds);
    else again();
  };
  // The scroll's end reads the next page.
  const scroll = useRef<HTMLDivElement>(null);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const seen = end.current;
    if (!seen || !more || state !== "ready") return undefined;
    const observer = new IntersectionObserver((entries) => entries.some((one) => one.isIntersecting) && next(), { root: scroll.current, rootMargin: "400px" });
    observer.observe(seen);
    return () => observer.disconnect();
  }, [more, next, state]);
  const latest = useHeads((held) => (open ? held.heads.get(open.id) : undefined)) ?? open;
  const amount = count.failed || broken ? "" : count.done ? t("contacts.count", { count: count.matched }) : count.matched > EXACT ? t("contacts.about", { count: number(Math.round(count.matched / 100) * 100) }) : count.seen > 0 ? t("contacts.counting", { count: number(count.matched) }) : "";
  const known = { words, tags, stages, user };
  const filters = conditions(draft).length;
  const title = segment?.name ?? t(`contacts.${view}`);
  return (
    <div className="contacts-main">
      <header className="contacts-head">
        <div><h2 className="ellipsis" title={title}>{title}</h2><span className="figures" role="status">{amount}</span></div>
        <span className="contacts-tools">
          <span className="list-search contacts-search">
            <Search {...ICON} />
            <input className="ui-input" type="search" aria-label={t("contacts.search")} placeholder={t("contacts.search")} value={typed} onChange={(event) => setTyped(event.target.value)} />
            {typed ? <IconButton label={t("contacts.clear_search")} onClick={() => setTyped("")}><X {...ICON} /></IconButton> : null}
          </span>
          <Button aria-expanded={filtering} data-on={filters > 0 || undefined} onClick={() => setFiltering(!filtering)}><FilterIcon {...ICON} />{t("filter.title")}{filters > 0 ? <small className="figures">{filters}</small> : null}</Button>
          <Menu trigger={<button type="button" className="ui-button" data-tone="plain" aria-label={t("contacts.columns")} title={t("contacts.columns")}><Columns3 {...ICON} /></button>} align="end">
            <MenuLabel>{t("contacts.columns")}</MenuLabel>
            {columns.all.map((one) => <MenuCheck key={one.key} checked={shown.includes(one.key)} onChange={() => toggle(one.key)}>{one.label}</MenuCheck>)}
          </Menu>
          {may("data_export") && !broken ? <IconButton label={t("contacts.export")} onClick={exported}><Download {...ICON} /></IconButton> : null}
          {may("contact_create") ? <Button tone="primary" onClick={() => setDialog("add")}><UserPlus {...ICON} />{t("contacts.add")}</Button> : null}
        </span>
      </header>
      {filtering ? (
        <section className="contacts-filter" aria-label={t("filter.title")}>
          {broken ? <p className="ui-problem" role="alert">{t("segments.broken_lead")}</p> : null}
          <FilterBuilder filter={draft} wrong={wrong} onChange={setDraft} />
          <div className="contacts-filter-foot">
            {segment && may("segment_write") ? <Button onClick={() => setDialog("save")}><Pencil {...ICON} />{t(changed ? "segments.save" : "segments.rename")}</Button> : null}
            {may("segment_write") && filters > 0 ? <Button disabled={!complete(draft, fields)} onClick={() => setDialog("save_new")}>{t("segments.save_new")}</Button> : null}
            {filters > 0 && !segment ? <Button tone="quiet" onClick={() => setDraft(NOTHING)}>{t("filter.clear")}</Button> : null}
            {segment && may("segment_write") ? <Button tone="quiet" onClick={() => setDialog("delete")}><Trash2 {...ICON} />{t("segments.delete")}</Button> : null}
          </div>
        </section>
      ) : null}
      <div className="contacts-scroll" ref={scroll}>
        {rows.length > 0 ? (
          <table className="contacts-table" aria-label={title} aria-busy={state === "loading"}>
            <thead>
              <tr>
                <th className="contacts-tick"><input type="checkbox" aria-label={t("bulk.page")} checked={everyone} onChange={() => choose(ids, !everyone)} /></th>
                {columns.shown.map((column) => {
                  const sorted = column.order === order.by && !search;
                  return (
                    <th key={column.key} scope="col" aria-sort={sorted ? (order.descending ? "descending" : "ascending") : undefined} data-figures={column.figures || undefined}>
                      {column.order && !search ? <button type="button" onClick={() => column.order && sort(column.order)}>{column.label}{sorted ? (order.descending ? <ArrowDown size={14} aria-hidden="true" /> : <ArrowUp size={14} aria-hidden="true" />) : null}</button> : column.label}
                    </th>
                  );
                })}
                <th><span className="visually-hidden">{t("contacts.messages")}</span></th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.head.id} data-chosen={chosen.has(row.head.id) || undefined}>
                  <td className="contacts-tick"><input type="checkbox" aria-label={t("bulk.choose", { name: row.head.name })} checked={chosen.has(row.head.id)} onChange={(event) => choose([row.head.id], event.target.checked)} /></td>
                  {columns.shown.map((column, place) => (
                    <td key={column.key} data-figures={column.figures || undefined}>
                      {place === 0 ? <button type="button" className="contacts-open" onClick={() => setOpen(row.head)}>{column.cell(row, known) || row.head.name}</button> : column.cell(row, known)}
                    </td>
                  ))}
                  <td><IconButton label={t("contacts.messages_of", { name: row.head.name })} onClick={() => { takeHeads([row.head]); go(`/inbox/all/${row.head.id}`); }}><MessageSquare {...ICON} /></IconButton></td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : null}
        {state === "failed" ? <EmptyState icon={CloudOff} text={t("contacts.unreachable")} alert><Button onClick={again}>{t("app.retry")}</Button></EmptyState> : null}
        {state === "loading" && rows.length === 0 ? <SkeletonRows rows={10} label={t("app.loading")} /> : null}
        {state === "ready" && rows.length === 0 && !more ? (
          <EmptyState icon={UsersRound} text={t(search || filters > 0 || view !== "all" ? "contacts.none_found" : "contacts.empty")}>
            {search || filters > 0 || view !== "all" || !may("contact_create") ? null : <Button tone="primary" onClick={() => setDialog("add")}>{t("contacts.add")}</Button>}
          </EmptyState>
        ) : null}
        {state === "ready" && rows.length === 0 && more ? <EmptyState icon={Search} text={t("contacts.still")}><Button onClick={next}>{t("contacts.go_on")}</Button></EmptyState> : null}
        <div ref={end} className="contacts-end" role="status">{state === "loading" && rows.length > 0 ? t("app.loading") : ""}</div>
      </div>
      {chosen.size > 0 ? <BulkBar ids={[...chosen]} choosing={choosing} all={count.matched} onAll={everyone && more ? () => void chooseAll() : undefined} onClear={() => setChosen(new Set())} onDone={done} /> : null}
      {latest ? (
        <Dialog title={latest.name} place="right" open titleHidden onClose={() => { take([latest]); setOpen(undefined); }} foot={<><Button onClick={() => setOpen(undefined)}>{t("app.close")}</Button><Button tone="primary" onClick={() => { takeHeads([latest]); go(`/inbox/all/${latest.id}`); }}><MessageSquare {...ICON} />{t("contacts.messages")}</Button></>}>
          <Suspense fallback={<SkeletonRows rows={6} label={t("app.loading")} />}><ContactPanel head={latest} /></Suspense>
        </Dialog>
      ) : null}
      {dialog === "add" ? (
        <AddContactDialog
          onClose={() => setDialog(undefined)}
          onAdded={(head, created) => {
            setDialog(undefined);
            toast(t(created ? "contacts.added" : "contacts.known", { name: head.name }));
            takeHeads([head]);
            setOpen(head);
            again();
          }}
        />
      ) : null}
      {dialog === "save" || dialog === "save_new" ? <SegmentDialog segment={dialog === "save" ? segment : undefined} filter={dialog === "save_new" && !segment ? both(base, draft) : draft} onClose={() => setDialog(undefined)} onSaved={(saved) => { setDialog(undefined); onSegment(saved); }} /> : null}
      {dialog === "delete" && segment ? <DeleteSegment segment={segment} onClose={() => setDialog(undefined)} onDeleted={() => onDeleted(segment.id)} /> : null}
    </div>
  );
}

function DeleteSegment({ segment, onClose, onDeleted }: { segment: Segment; onClose: () => void; onDeleted: () => void }) {
  const { t } = useWords();
  const { request } = useWorkspace();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const submit = () => {
    setBusy(true);
    request("DELETE", `segments/${segment.id}`).then(
      () => {
        toast(t("segments.deleted"));
        onDeleted();
      },
      (error: unknown) => {
        setBusy(false);
        setProblem(problemText(error, t, "segments.save_failed"));
      },
    );
  };
  return (
    <Dialog title={t("segments.delete_title", { name: segment.name })} open onClose={onClose} foot={<><Button onClick={onClose}>{t("app.cancel")}</Button><Button tone="danger" busy={busy} onClick={submit}>{t("segments.delete")}</Button></>}>
      <p>{t("segments.delete_lead")}</p>
      {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
    </Dialog>
  );
}
