import { useState, type FormEvent } from "react";
import { ApiError } from "../api/client";
import { problemText } from "../api/problem";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/TextField";
import { useToast } from "../ui/Toast";
import type { Filter, Segment } from "./filter";

/** Gives a filter a name, or changes the segment that it came from. */
export function SegmentDialog({ segment, filter, onClose, onSaved }: { segment: Segment | undefined; filter: Filter; onClose: () => void; onSaved: (segment: Segment) => void }) {
  const { t } = useWords();
  const { request } = useWorkspace();
  const toast = useToast();
  const [name, setName] = useState(segment?.name ?? "");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    const body = { name: name.trim(), filter, ...(segment ? { version: segment.version } : {}) };
    request<{ segment: Segment }>(segment ? "PUT" : "POST", segment ? `segments/${segment.id}` : "segments", { body }).then(
      (answer) => {
        toast(t("segments.saved"));
        onSaved(answer.segment);
      },
      (caught: unknown) => {
        setBusy(false);
        setError(caught);
      },
    );
  };
  const code = error instanceof ApiError ? error.code : undefined;
  const taken = code === "name_taken" ? t("error.name_taken") : undefined;
  return (
    <Dialog
      title={t(segment ? "segments.change" : "segments.new")} open onClose={onClose}
      foot={<><Button onClick={onClose}>{t("app.cancel")}</Button><Button type="submit" form="segment" tone="primary" busy={busy} disabled={!name.trim()}>{t("app.save")}</Button></>}
    >
      <form id="segment" className="ui-form" onSubmit={submit}>
        <TextField label={t("segments.name")} hint={t("segments.hint")} problem={taken} required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        {error !== undefined && !taken ? <p className="ui-problem" role="alert">{code === "stale_version" ? t("segments.stale") : problemText(error, t, "segments.save_failed")}</p> : null}
      </form>
    </Dialog>
  );
}
