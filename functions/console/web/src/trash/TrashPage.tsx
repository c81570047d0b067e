import { CloudOff, Trash2 } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { problemText } from "../api/problem";
import type { ContactHead, Page } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { phoneText } from "../ui/phone";
import { EmptyState, SkeletonRows } from "../ui/State";
import { useToast } from "../ui/Toast";
import "../merge/merge.css";

interface Trashed { id: number; name: string; phone?: string; email?: string; deleted_at: number; purge_at: number }

/** Deleted contacts: each can be restored, or erased before its time. */
export default function TrashPage() {
  const { t, day } = useWords();
  const { request, takeHeads, signals } = useWorkspace();
  const toast = useToast();
  const [items, setItems] = useState<Trashed[]>();
  const [cursor, setCursor] = useState<string>();
  const [failed, setFailed] = useState(false);
  const [busy, setBusy] = useState<number>();
  const [erasing, setErasing] = useState<Trashed>();
  const [problem, setProblem] = useState<string>();
  const read = useCallback((from?: string) => {
    setFailed(false);
    request<Page<Trashed>>("GET", `trash${from ? `?${new URLSearchParams({ cursor: from })}` : ""}`).then(
      (page) => {
        setItems((held) => (from ? [...(held ?? []), ...page.items] : page.items));
        setCursor(page.next_cursor);
      },
      () => setFailed(true),
    );
  }, [request]);
  useEffect(() => read(), [read]);
  const done = (id: number) => setItems((held) => held?.filter((one) => one.id !== id));
  const restore = (one: Trashed) => {
    setBusy(one.id);
    setProblem(undefined);
    request<{ head: ContactHead }>("POST", `trash/${one.id}/restore`).then(
      (answer) => {
        takeHeads([answer.head]);
        signals.gap.emit();
        done(one.id);
        setBusy(undefined);
        toast(t("trash.restored"));
      },
      (error: unknown) => {
        setBusy(undefined);
        setProblem(problemText(error, t, "trash.restore_failed"));
      },
    );
  };
  const erase = (one: Trashed) => {
    setBusy(one.id);
    request("POST", `trash/${one.id}/erase`).then(
      () => {
        done(one.id);
        setBusy(undefined);
        setErasing(undefined);
        toast(t("trash.erased"));
      },
      (error: unknown) => {
        setBusy(undefined);
        setErasing(undefined);
        setProblem(problemText(error, t, "trash.erase_failed"));
      },
    );
  };
  return (
    <section aria-label={t("settings.trash")}>
      <h2>{t("settings.trash")}</h2>
      <p>{t("trash.lead")}</p>
      {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
      {failed && !items ? <EmptyState icon={CloudOff} text={t("trash.failed")} alert><Button onClick={() => read()}>{t("app.retry")}</Button></EmptyState> : null}
      {!failed && !items ? <SkeletonRows rows={4} label={t("app.loading")} /> : null}
      {items?.length === 0 ? <EmptyState icon={Trash2} text={t("trash.empty")} /> : null}
      <ul className="merge-found">
        {items?.map((one) => (
          <li key={one.id}>
            <div>
              <strong>{one.name}</strong>
              <small className="figures">{phoneText(one.phone ?? one.email ?? "")}</small>
              <small>{t("trash.until", { at: day(one.deleted_at), until: day(one.purge_at) })}</small>
            </div>
            <span className="trash-actions">
              <Button busy={busy === one.id} onClick={() => restore(one)} aria-label={t("trash.restore_named", { name: one.name })}>{t("trash.restore")}</Button>
              <Button tone="danger" onClick={() => setErasing(one)} aria-label={t("trash.erase_named", { name: one.name })}>{t("trash.erase")}</Button>
            </span>
          </li>
        ))}
      </ul>
      {cursor ? <Button onClick={() => read(cursor)}>{t("trash.more")}</Button> : null}
      {erasing ? (
        <Dialog
          title={t("trash.erase_title", { name: erasing.name })} open onClose={() => setErasing(undefined)}
          foot={<><Button onClick={() => setErasing(undefined)}>{t("app.cancel")}</Button><Button tone="danger" busy={busy === erasing.id} onClick={() => erase(erasing)}>{t("trash.erase")}</Button></>}
        >
          <p>{t("trash.erase_lead")}</p>
        </Dialog>
      ) : null}
    </section>
  );
}
