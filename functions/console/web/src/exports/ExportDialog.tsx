import { useState } from "react";
import { problemText } from "../api/problem";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";

const DAY = 86_400_000;
const KINDS = ["contacts", "messages", "failed_messages"] as const;

/** The first moment of a day in the reader's own time. */
const midnight = (day: string): number => new Date(`${day}T00:00:00`).getTime();

/** Asks what to export. */
export function ExportDialog({ onClose, onStarted }: { onClose: () => void; onStarted: () => void }) {
  const { t } = useWords();
  const { request, users, channels } = useWorkspace();
  const [kind, setKind] = useState<(typeof KINDS)[number]>("contacts");
  const [asked, setAsked] = useState({ from: "", until: "", channel: "", user: "" });
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const set = (key: keyof typeof asked) => (event: { target: { value: string } }) => setAsked((before) => ({ ...before, [key]: event.target.value }));
  const dated = kind === "contacts" || (asked.from !== "" && asked.until !== "" && asked.from <= asked.until);
  const start = () => {
    setBusy(true);
    setProblem(undefined);
    const what = kind === "contacts" ? { kind } : {
      kind, from: midnight(asked.from), until: midnight(asked.until) + DAY,
      ...(asked.channel ? { channel_id: asked.channel } : {}), ...(asked.user ? { user_id: asked.user } : {}),
    };
    request("POST", "exports", { body: { what } }).then(onStarted, (error: unknown) => {
      setBusy(false);
      setProblem(problemText(error, t, "exports.failed"));
    });
  };
  return (
    <Dialog open title={t("exports.title")} onClose={onClose} foot={<><Button onClick={onClose}>{t("exports.dialog_cancel")}</Button><Button tone="primary" busy={busy} disabled={!dated} onClick={start}>{t("exports.start")}</Button></>}>
      <SelectField label={t("exports.what")} value={kind} onChange={(event) => setKind(KINDS.find((one) => one === event.target.value) ?? "contacts")}>{KINDS.map((one) => <option key={one} value={one}>{t(`exports.${one}`)}</option>)}</SelectField>
      {kind === "contacts" ? null : (
        <>
          <TextField label={t("exports.from")} type="date" value={asked.from} max={asked.until || undefined} onChange={set("from")} />
          <TextField label={t("exports.until")} type="date" value={asked.until} min={asked.from || undefined} onChange={set("until")} />
          <SelectField label={t("exports.channel")} value={asked.channel} onChange={set("channel")}><option value="">{t("exports.any_channel")}</option>{channels.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}</SelectField>
          <SelectField label={t("exports.user")} value={asked.user} onChange={set("user")}><option value="">{t("exports.any_user")}</option>{users.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}</SelectField>
        </>
      )}
      {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
    </Dialog>
  );
}
