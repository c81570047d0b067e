import { Plus, Waypoints } from "lucide-react";
import { useState, type FormEvent } from "react";
import { codeAt, problemText } from "../api/problem";
import type { Stage } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { tagLabel } from "../contact/tag";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { ICON } from "../ui/icon";
import { EmptyState } from "../ui/State";
import { TextField } from "../ui/TextField";
import { Ordered } from "./Ordered";
import { useSaving } from "./useSaving";
import { useUsage } from "./useUsage";
import "../people/people.css";
import "./dictionary.css";

/** The way from a stranger to a customer. */
export default function StagesPage() {
  const { t } = useWords();
  const { stages } = useWorkspace();
  const [open, setOpen] = useState<Stage | "new">();
  const create = <Button tone="primary" onClick={() => setOpen("new")}><Plus {...ICON} />{t("stages.new")}</Button>;
  return (
    <>
      <header className="settings-head">
        <div><h2>{t("stages.title")}</h2><p>{t("stages.lead")}</p></div>
        {stages.length > 0 ? create : null}
      </header>
      {stages.length === 0 ? <EmptyState icon={Waypoints} text={t("stages.empty")}>{create}</EmptyState> : (
        <Ordered items={stages} area="stages" path="stages" onOpen={setOpen} about={(one) => <><strong>{tagLabel(one)}{one.lost ? <em> · {t("stages.is_lost")}</em> : null}</strong>{one.description ? <small>{one.description}</small> : null}</>} />
      )}
      {open ? <StageDialog stage={open === "new" ? undefined : open} onClose={() => setOpen(undefined)} /> : null}
    </>
  );
}

function StageDialog({ stage, onClose }: { stage: Stage | undefined; onClose: () => void }) {
  const { t } = useWords();
  const { request } = useWorkspace();
  const [name, setName] = useState(stage?.name ?? "");
  const [emoji, setEmoji] = useState(stage?.emoji ?? "");
  const [description, setDescription] = useState(stage?.description ?? "");
  const [lost, setLost] = useState(stage?.lost ?? false);
  const [sure, setSure] = useState(false);
  const { busy, error, code, send } = useSaving(onClose);
  const used = useUsage(stage && { field: "stage", operator: "is_equal_to", value: stage.id }, sure, "stages.used");
  const path = stage ? `stages/${encodeURIComponent(stage.id)}` : "stages";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(request(stage ? "PATCH" : "POST", path, { body: { name: name.trim(), description: description.trim(), lost, ...(emoji.trim() ? { emoji: emoji.trim() } : {}) } }), "stages.saved");
  };
  const taken = code === "name_taken" ? t("error.name_taken") : undefined;
  const picture = codeAt(error, "/emoji") ? t("tags.emoji_wrong") : undefined;
  return (
    <Dialog
      title={stage ? stage.name : t("stages.new")} open onClose={onClose}
      foot={(
        <>
          {stage ? <Button tone="danger" busy={busy && sure} onClick={() => (sure ? send(request("DELETE", path), "stages.deleted") : setSure(true))}>{t(sure ? "stages.delete_sure" : "stages.delete")}</Button> : null}
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button type="submit" form="stage" tone="primary" busy={busy && !sure} disabled={!name.trim()}>{t("app.save")}</Button>
        </>
      )}
    >
      <form id="stage" className="ui-form" onSubmit={submit}>
        <div className="dictionary-pair">
          <TextField label={t("stages.name")} problem={taken} required maxLength={64} value={name} onChange={(event) => setName(event.target.value)} />
          <TextField label={t("tags.emoji")} problem={picture} maxLength={16} value={emoji} onChange={(event) => setEmoji(event.target.value)} />
        </div>
        <TextField label={t("tags.description")} maxLength={255} value={description} onChange={(event) => setDescription(event.target.value)} />
        <label className="dictionary-tick"><input type="checkbox" checked={lost} onChange={(event) => setLost(event.target.checked)} /><span>{t("stages.lost")}</span></label>
        {sure ? <p className="ui-note" role="status">{used} {t("stages.delete_lead")}</p> : null}
        {error !== undefined && !taken && !picture ? <p className="ui-problem" role="alert">{problemText(error, t, "stages.save_failed")}</p> : null}
      </form>
    </Dialog>
  );
}
