import { Trash2 } from "lucide-react";
import { useCallback, useEffect, useState, type FormEvent } from "react";
import { codeAt, problemText } from "../api/problem";
import type { components } from "../api/schema";
import { useSession } from "../app/session";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { ICON } from "../ui/icon";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";
import { useToast } from "../ui/Toast";
import { useOrganization, useWritten } from "./model";

type List = components["schemas"]["DeletionList"];
type Order = components["schemas"]["DeletionView"];

/** Orders to delete contacts at the month's end, and what became of them. */
export function Deletions({ zone }: { zone: string }) {
  const { t, number } = useWords();
  const { request } = useOrganization();
  const { me } = useSession();
  const { moment, civil } = useWritten(zone);
  const toast = useToast();
  const [list, setList] = useState<List>();
  const [failed, setFailed] = useState(false);
  const [open, setOpen] = useState<Order | "new">();
  const [busy, setBusy] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const read = useCallback(() => {
    setFailed(false);
    request<List>("GET", "billing/deletions").then(setList, () => setFailed(true));
  }, [request]);
  useEffect(read, [read]);
  if (failed) return <p className="ui-problem" role="alert">{t("deletion.unreachable")} <Button tone="quiet" onClick={read}>{t("app.retry")}</Button></p>;
  if (!list) return null;
  const admin = me?.user.organization_role === "admin";
  const place = (id: string) => me?.workspaces.find((one) => one.id === id)?.name ?? id;
  const cancel = (order: Order) => {
    setBusy(order.order.id);
    setProblem(undefined);
    request<Order>("DELETE", `billing/deletions/${encodeURIComponent(order.order.id)}`).then(
      () => {
        toast(t("deletion.canceled"));
        read();
      },
      (error: unknown) => setProblem(problemText(error, t, "billing.failed")),
    ).finally(() => setBusy(undefined));
  };
  const state = ({ order, tally, certificate }: Order): string => {
    if (certificate) return t("deletion.done", { deleted: number(tally?.deleted ?? 0), spared: number(tally?.spared.length ?? 0), absent: number(tally?.absent ?? 0), on: moment(certificate.executed_at), backups: civil(certificate.backups_until) });
    return order.runs_at && order.status !== "canceled" ? t(`deletion.status_${order.status}`, { at: moment(order.runs_at) }) : t(`deletion.status_${order.status}`, { at: "" });
  };
  return (
    <section className="panel billing-part" aria-label={t("deletion.title")}>
      <header><h3>{t("deletion.title")}</h3>{admin ? <Button onClick={() => setOpen("new")}><Trash2 {...ICON} />{t("deletion.ask")}</Button> : null}</header>
      <p className="billing-muted">{t("deletion.lead")}</p>
      {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
      {list.items.length > 0 ? (
        <ul className="billing-history" aria-label={t("deletion.title")}>
          {list.items.map((one) => (
            <li key={one.order.id}>
              <time dateTime={new Date(one.order.requested_at).toISOString()}>{moment(one.order.requested_at)}</time>
              <span>{t("deletion.what", { count: one.order.contacts ?? 0, place: place(one.order.workspace) })}{one.choice.kind === "segment" ? ` · ${t("deletion.segment", { name: one.choice.name })}` : ""}<small>{state(one)}</small></span>
              {admin && one.order.status === "requested" ? <Button onClick={() => setOpen(one)}>{t("deletion.confirm")}</Button> : null}
              {admin && one.cancelable ? <Button busy={busy === one.order.id} onClick={() => cancel(one)} aria-label={t("deletion.cancel_named", { place: place(one.order.workspace) })}>{t("deletion.cancel")}</Button> : null}
            </li>
          ))}
        </ul>
      ) : null}
      {open ? <DeletionDialog asked={open === "new" ? undefined : open} list={list} zone={zone} place={place} onClose={() => { setOpen(undefined); read(); }} /> : null}
    </section>
  );
}

/** Asks for an order, shows what would go and when, and has the word typed. */
function DeletionDialog({ asked, list, zone, place, onClose }: { asked: Order | undefined; list: List; zone: string; place: (id: string) => string; onClose: () => void }) {
  const { t, locale } = useWords();
  const { request } = useOrganization();
  const { client, me } = useSession();
  const { moment, civil } = useWritten(zone);
  const toast = useToast();
  const own = me?.workspaces.filter((one) => one.organization_id === me.user.organization_id) ?? [];
  const [order, setOrder] = useState(asked);
  const [workspace_id, setWorkspace] = useState(own[0]?.id ?? "");
  const [segment_id, setSegment] = useState("");
  const [segments, setSegments] = useState<{ id: string; name: string }[]>([]);
  const [writers_too, setWriters] = useState(false);
  useEffect(() => {
    setSegment("");
    setSegments([]);
    if (!workspace_id) return;
    client.request<{ items: { id: string; name: string }[] }>("GET", `/console/${encodeURIComponent(workspace_id)}/segments`).then((answer) => setSegments(answer.items), () => undefined);
  }, [client, workspace_id]);
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const word = locale === "es" ? "ELIMINAR" : "DELETE";
  const send = (work: Promise<Order>, done: (fresh: Order) => void) => {
    setBusy(true);
    setError(undefined);
    work.then(done, setError).finally(() => setBusy(false));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!order) return send(request<Order>("POST", "billing/deletions", { workspace_id, writers_too, ...(segment_id ? { segment_id } : {}) }), setOrder);
    send(request<Order>("POST", `billing/deletions/${encodeURIComponent(order.order.id)}/confirm`, { word: typed.trim() }), () => {
      toast(t("deletion.confirmed"));
      onClose();
    });
  };
  const { forecast } = list;
  const wrong = codeAt(error, "/word") ? t("billing.wrong_word", { word }) : undefined;
  return (
    <Dialog
      title={t("deletion.ask")} open onClose={onClose}
      foot={<><Button onClick={onClose}>{t("app.cancel")}</Button><Button type="submit" form="deletion" tone={order ? "danger" : "primary"} busy={busy} disabled={order !== undefined && typed.trim() !== word}>{t(order ? "deletion.confirm" : "deletion.next")}</Button></>}
    >
      <form id="deletion" className="ui-form" onSubmit={submit}>
        {order ? (
          <>
            <ul className="billing-terms">
              <li>{t("deletion.would_go", { count: order.order.contacts ?? 0, place: place(order.order.workspace) })}</li>
              <li>{t("deletion.when", { at: moment(forecast.runs_at) })}</li>
              <li>{t(order.order.writers_too ? "deletion.writers_go" : "deletion.writers_stay")}</li>
              <li>{t("deletion.free", { on: civil(forecast.free_from) })}{forecast.downgrade_on ? ` ${t("deletion.downgrade", { on: civil(forecast.downgrade_on) })}` : ""}</li>
            </ul>
            <TextField label={t("billing.type_word", { word })} autoComplete="off" value={typed} problem={wrong} onChange={(event) => setTyped(event.target.value)} />
          </>
        ) : (
          <>
            <p>{t(segment_id ? "deletion.of_segment" : "deletion.everything")}</p>
            <SelectField label={t("deletion.workspace")} value={workspace_id} onChange={(event) => setWorkspace(event.target.value)}>
              {own.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
            </SelectField>
            {segments.length > 0 ? (
              <SelectField label={t("deletion.who")} value={segment_id} onChange={(event) => setSegment(event.target.value)}>
                <option value="">{t("deletion.everybody")}</option>
                {segments.map((one) => <option key={one.id} value={one.id}>{t("deletion.segment", { name: one.name })}</option>)}
              </SelectField>
            ) : null}
            <label className="billing-box"><input type="checkbox" checked={writers_too} onChange={(event) => setWriters(event.target.checked)} /><span>{t("deletion.writers_too")}</span></label>
          </>
        )}
        {error !== undefined && !wrong ? <p className="ui-problem" role="alert">{problemText(error, t, "billing.failed")}</p> : null}
      </form>
    </Dialog>
  );
}
