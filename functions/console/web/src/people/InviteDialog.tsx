import { useState, type FormEvent } from "react";
import { codeAt, problemText } from "../api/problem";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/TextField";
import { useToast } from "../ui/Toast";
import { withLevel, type CustomRole, type Level, type Place } from "./model";
import { PlaceFields } from "./PlaceFields";

/** Invites somebody to a place in the workspace. */
export function InviteDialog({ levels, roles, onClose }: { levels: readonly Level[]; roles: readonly CustomRole[]; onClose: (changed: boolean) => void }) {
  const { t, locale } = useWords();
  const { request } = useWorkspace();
  const toast = useToast();
  const [email, setEmail] = useState("");
  const [place, setPlace] = useState<Place>(() => withLevel({ role: "agent" }, "agent"));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    request("POST", "invitations", { body: { email: email.trim(), place, locale } }).then(
      () => {
        toast(t("invitations.sent", { email: email.trim() }));
        onClose(true);
      },
      (caught: unknown) => {
        setBusy(false);
        setError(caught);
      },
    );
  };
  const wrong = codeAt(error, "/email") ? t("invitations.email_wrong") : undefined;
  return (
    <Dialog
      title={t("invitations.new_title")} open wide onClose={() => onClose(false)}
      foot={<><Button onClick={() => onClose(false)}>{t("app.cancel")}</Button><Button type="submit" form="invite" tone="primary" busy={busy}>{t("invitations.send")}</Button></>}
    >
      <form id="invite" className="ui-form" onSubmit={submit}>
        <TextField label={t("invitations.email")} hint={t("invitations.new_lead")} problem={wrong} type="email" autoComplete="off" required maxLength={254} value={email} onChange={(event) => setEmail(event.target.value)} />
        <PlaceFields place={place} onChange={setPlace} levels={levels} roles={roles} />
        {error !== undefined && !wrong ? <p className="ui-problem" role="alert">{problemText(error, t, "invitations.send_failed")}</p> : null}
      </form>
    </Dialog>
  );
}
