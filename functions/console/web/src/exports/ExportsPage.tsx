import { Download } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { problemText } from "../api/problem";
import { useWorkspace } from "../app/workspace";
import { leave } from "../billing/leave";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { ICON } from "../ui/icon";
import { EmptyState, SkeletonRows } from "../ui/State";
import { useToast } from "../ui/Toast";
import { ExportDialog } from "./ExportDialog";
import "../people/people.css";

export interface ExportRow {
  id: string;
  kind: "contacts" | "messages" | "failed_messages";
  from?: number;
  until?: number;
  requested_name: string;
  status: "queued" | "running" | "completed" | "failed" | "canceled";
  done: number;
  total: number;
  rows: number;
  reason?: string;
  created_at: number;
  link_until?: number;
}

/** How often a list with an export in progress is read, in milliseconds. */
const EVERY = 5_000;
const REASONS = new Set(["not_allowed", "invalid_filter", "too_large"]);
const active = (one: ExportRow): boolean => one.status === "queued" || one.status === "running";

/** Exports of the workspace: what was asked for, how far it is, and the file for seven days. */
export default function ExportsPage() {
  const { t, day, clock, number } = useWords();
  const { request } = useWorkspace();
  const toast = useToast();
  const [items, setItems] = useState<ExportRow[]>();
  const [failed, setFailed] = useState(false);
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const load = useCallback(() => {
    request<{ items: ExportRow[] }>("GET", "exports").then(
      (read) => {
        setFailed(false);
        setItems(read.items);
      },
      () => setFailed(true),
    );
  }, [request]);
  useEffect(load, [load]);
  const going = items?.some(active) ?? false;
  useEffect(() => {
    if (!going) return undefined;
    const timer = setInterval(load, EVERY);
    return () => clearInterval(timer);
  }, [going, load]);
  const download = (one: ExportRow) => {
    setBusy(one.id);
    setProblem(undefined);
    request<{ url: string }>("GET", `exports/${one.id}/link`)
      .then(({ url }) => leave(url), (error: unknown) => setProblem(problemText(error, t, "exports.failed")))
      .finally(() => setBusy(undefined));
  };
  const cancel = (one: ExportRow) => {
    setBusy(one.id);
    setProblem(undefined);
    request("POST", `exports/${one.id}/cancel`)
      .then(load, (error: unknown) => setProblem(problemText(error, t, "exports.failed")))
      .finally(() => setBusy(undefined));
  };
  const standing = (one: ExportRow): string => {
    if (one.status === "failed") return one.reason !== undefined && REASONS.has(one.reason) ? t(`exports.reason_${one.reason}`) : t("exports.status_failed");
    return t(`exports.${one.status}`, { done: number(one.done), total: number(one.total), rows: one.rows });
  };
  return (
    <>
      <header className="settings-head">
        <div><h2>{t("exports.title")}</h2><p>{t("exports.lead")}</p></div>
        <Button tone="primary" onClick={() => setAsking(true)}><Download {...ICON} />{t("exports.new")}</Button>
      </header>
      {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
      {failed && !items ? <EmptyState icon={Download} text={t("exports.unreachable")} alert><Button onClick={load}>{t("app.retry")}</Button></EmptyState> : null}
      {!failed && !items ? <SkeletonRows rows={4} label={t("app.loading")} /> : null}
      {items?.length === 0 ? <EmptyState icon={Download} text={t("exports.empty")} /> : null}
      {items && items.length > 0 ? (
        <ol className="people panel" aria-label={t("exports.title")}>
          {items.map((one) => (
            <li key={one.id}>
              <div className="people-who">
                <span><b>{t(`exports.${one.kind}`)}</b>{one.from !== undefined && one.until !== undefined ? ` · ${day(one.from)} – ${day(one.until - 1)}` : ""}</span>
                <small role="status">{standing(one)}</small>
                {one.status === "running" && one.total > 0 ? <progress value={one.done} max={one.total} aria-label={t("exports.title")} /> : null}
                <small className="figures">{one.requested_name} · {day(one.created_at)}, {clock(one.created_at)}</small>
              </div>
              {one.link_until !== undefined ? <Button busy={busy === one.id} onClick={() => download(one)}><Download {...ICON} />{t("exports.download")}</Button> : null}
              {active(one) ? <Button busy={busy === one.id} onClick={() => cancel(one)}>{t("exports.cancel")}</Button> : null}
            </li>
          ))}
        </ol>
      ) : null}
      {asking ? (
        <ExportDialog
          onClose={() => setAsking(false)}
          onStarted={() => {
            setAsking(false);
            toast(t("exports.started"));
            load();
          }}
        />
      ) : null}
    </>
  );
}
