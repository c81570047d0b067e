import { CloudOff, FileUp, Upload } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { problemText } from "../api/problem";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { ICON } from "../ui/icon";
import { EmptyState, SkeletonRows } from "../ui/State";
import { useToast } from "../ui/Toast";
import { ImportWizard } from "./ImportWizard";
import { active, counted, undoable, type Import } from "./model";
import "../people/people.css";
import "./imports.css";

/** While one is at work its progress is asked for. */
const ASK_MS = 2000;

/** Contacts from files: what was imported, what became of it, and the next one. */
export default function ImportsPage() {
  const words = useWords();
  const { t, day, clock } = words;
  const { request, user, tags, reload } = useWorkspace();
  const toast = useToast();
  const [items, setItems] = useState<Import[]>();
  const [failed, setFailed] = useState(false);
  const [wizard, setWizard] = useState(false);
  const [undoing, setUndoing] = useState<Import>();
  const [busy, setBusy] = useState<string>();
  const load = useCallback(() => {
    request<{ items: Import[] }>("GET", "imports").then(
      (read) => {
        setItems(read.items);
        setFailed(false);
      },
      () => setFailed(true),
    );
  }, [request]);
  useEffect(load, [load]);
  const working = items?.some(active) ?? false;
  useEffect(() => {
    if (!working) return undefined;
    const timer = setInterval(load, ASK_MS);
    return () => {
      clearInterval(timer);
      // Its tags are new.
      void reload();
    };
  }, [working, load, reload]);
  const act = (one: Import, verb: "cancel" | "undo") => {
    setUndoing(undefined);
    setBusy(one.id);
    request("POST", `imports/${one.id}/${verb}`)
      .then(load, (error: unknown) => toast(problemText(error, t, "import.failed")))
      .finally(() => setBusy(undefined));
  };
  const result = (one: Import) => {
    setBusy(one.id);
    request<{ url: string }>("GET", `imports/${one.id}/result`)
      .then((link) => location.assign(link.url), (error: unknown) => toast(problemText(error, t, "import.failed")))
      .finally(() => setBusy(undefined));
  };
  const create = <Button tone="primary" disabled={working} onClick={() => setWizard(true)}><FileUp {...ICON} />{t("import.new")}</Button>;
  return (
    <>
      <header className="settings-head">
        <div><h2>{t("import.title")}</h2><p>{t("import.lead")}</p></div>
        {items && items.length > 0 ? create : null}
      </header>
      {failed ? <EmptyState icon={CloudOff} text={t("import.unreachable")} alert><Button onClick={load}>{t("app.retry")}</Button></EmptyState> : null}
      {!items && !failed ? <SkeletonRows rows={4} label={t("app.loading")} /> : null}
      {items?.length === 0 && !failed ? <EmptyState icon={Upload} text={t("import.empty")}>{create}</EmptyState> : null}
      {items && items.length > 0 ? (
        <ul className="people panel" aria-label={t("import.title")}>
          {items.map((one) => (
            <li key={one.id}>
              <div className="people-who">
                <strong>{one.name}</strong>
                <small>{[t(`import.purpose_${one.purpose}`), `${day(one.at)}, ${clock(one.at)}`, user(one.by)?.name, tags.filter((tag) => one.tags.includes(tag.id)).map((tag) => tag.name).join(", ")].filter(Boolean).join(" · ")}</small>
                <small role={active(one) ? "status" : undefined}>{[t(`import.state_${one.state}`), one.state === "undoing" || one.state === "undone" ? t("import.taken_back", { added: one.undone.added, updated: one.undone.updated, skipped: one.undone.skipped }) : counted(one.counts, words)].filter(Boolean).join(" · ")}</small>
                {active(one) ? <progress className="import-progress" max={one.rows} value={one.done} aria-label={t("import.progress", { done: one.done, all: one.rows })} /> : null}
              </div>
              <span className="people-actions">
                {one.state === "queued" || one.state === "in_progress" ? <Button busy={busy === one.id} onClick={() => act(one, "cancel")}>{t("import.stop")}</Button> : null}
                {one.result ? <Button busy={busy === one.id} aria-label={t("import.result_of", { name: one.name })} onClick={() => result(one)}>{t("import.result")}</Button> : null}
                {undoable(one, Date.now()) ? <Button disabled={working} aria-label={t("import.undo_named", { name: one.name })} onClick={() => setUndoing(one)}>{t("import.undo")}</Button> : null}
              </span>
            </li>
          ))}
        </ul>
      ) : null}
      {wizard ? (
        <ImportWizard
          onClose={() => setWizard(false)}
          onStarted={(started) => {
            setWizard(false);
            setItems((held) => [started, ...(held ?? [])]);
            toast(t("import.started"));
          }}
        />
      ) : null}
      {undoing ? (
        <Dialog title={t("import.undo_title", { name: undoing.name })} open onClose={() => setUndoing(undefined)} foot={<><Button onClick={() => setUndoing(undefined)}>{t("app.cancel")}</Button><Button tone="danger" onClick={() => act(undoing, "undo")}>{t("import.undo")}</Button></>}>
          <p>{t("import.undo_lead")}</p>
        </Dialog>
      ) : null}
    </>
  );
}
