import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { problemText } from "../api/problem";
import type { ContactHead } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { ICON } from "../ui/icon";
import { useToast } from "../ui/Toast";

/** Puts a contact into the trash, after a question. */
export function DeleteContact({ head }: { head: ContactHead }) {
  const { t } = useWords();
  const { request, may, signals } = useWorkspace();
  const toast = useToast();
  const [, go] = useLocation();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  if (!may("contact_delete")) return null;
  const submit = () => {
    setBusy(true);
    request("POST", "trash", { body: { contact_ids: [head.id] } }).then(
      () => {
        signals.gone.emit(head.id);
        toast(t("contact.deleted"));
        go("/inbox/all");
      },
      (error: unknown) => {
        setBusy(false);
        setProblem(problemText(error, t, "contact.delete_failed"));
      },
    );
  };
  return (
    <div className="merge-actions">
      <Button tone="danger" onClick={() => setAsking(true)}><Trash2 {...ICON} />{t("contact.delete")}</Button>
      {asking ? (
        <Dialog
          title={t("contact.delete_title", { name: head.name })} open onClose={() => setAsking(false)}
          foot={<><Button onClick={() => setAsking(false)}>{t("app.cancel")}</Button><Button tone="danger" busy={busy} onClick={submit}>{t("contact.delete_submit")}</Button></>}
        >
          <p>{t("contact.delete_lead")}</p>
          {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
        </Dialog>
      ) : null}
    </div>
  );
}
