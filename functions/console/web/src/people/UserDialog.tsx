import { useState, type FormEvent } from "react";
import { problemText } from "../api/problem";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { useToast } from "../ui/Toast";
import type { CustomRole, Level, UserDetail } from "./model";
import { PlaceFields } from "./PlaceFields";

/** Changes what somebody may do, or takes him out of the workspace. */
export function UserDialog({ user, levels, roles, onClose }: { user: UserDetail; levels: readonly Level[]; roles: readonly CustomRole[]; onClose: (changed: boolean) => void }) {
  const { t } = useWords();
  const { request, reload } = useWorkspace();
  const toast = useToast();
  const [place, setPlace] = useState(user.place);
  const [removing, setRemoving] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const send = (work: Promise<unknown>, done: string, otherwise: string) => {
    setBusy(true);
    setProblem(undefined);
    work.then(
      async () => {
        await reload();
        toast(t(done));
        onClose(true);
      },
      (error: unknown) => {
        setBusy(false);
        setProblem(problemText(error, t, otherwise));
      },
    );
  };
  const path = `users/${encodeURIComponent(user.id)}`;
  const save = (event: FormEvent) => {
    event.preventDefault();
    send(request("PATCH", path, { body: place }), "users.saved", "users.save_failed");
  };
  const alert = problem ? <p className="ui-problem" role="alert">{problem}</p> : null;
  if (removing) {
    return (
      <Dialog
        title={t("users.remove_title", { name: user.name })} open onClose={() => onClose(false)}
        foot={<><Button onClick={() => setRemoving(false)}>{t("app.cancel")}</Button><Button tone="danger" busy={busy} onClick={() => send(request("DELETE", path), "users.removed", "users.remove_failed")}>{t("users.remove_submit")}</Button></>}
      >
        <p>{t("users.remove_lead", { name: user.name })}</p>
        {alert}
      </Dialog>
    );
  }
  return (
    <Dialog
      title={t("users.edit_title", { name: user.name })} open wide onClose={() => onClose(false)}
      foot={<><Button tone="danger" onClick={() => { setProblem(undefined); setRemoving(true); }}>{t("users.remove")}</Button><Button onClick={() => onClose(false)}>{t("app.cancel")}</Button><Button type="submit" form="user" tone="primary" busy={busy}>{t("app.save")}</Button></>}
    >
      <form id="user" className="ui-form" onSubmit={save}>
        <p className="ui-hint">{user.email}</p>
        <PlaceFields place={place} onChange={setPlace} levels={levels} roles={roles} />
        {alert}
      </form>
    </Dialog>
  );
}
