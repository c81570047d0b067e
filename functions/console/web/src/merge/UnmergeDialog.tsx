import { useState } from "react";
import { problemText } from "../api/problem";
import type { ContactHead } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { useToast } from "../ui/Toast";

/** Gives a contact that was merged into this one its own life back. */
export default function UnmergeDialog({ head, secondary, onClose }: { head: ContactHead; secondary: number; onClose: () => void }) {
  const { t } = useWords();
  const { request, takeHeads, signals } = useWorkspace();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const submit = () => {
    setBusy(true);
    request<{ primary: ContactHead; secondary: ContactHead }>("POST", "merges/undo", { body: { contact_ids: [head.id, secondary] } }).then(
      (answer) => {
        takeHeads([answer.primary, answer.secondary]);
        signals.gap.emit();
        toast(t("unmerge.done"));
        onClose();
      },
      (error: unknown) => {
        setBusy(false);
        setProblem(problemText(error, t, "unmerge.not_done"));
      },
    );
  };
  return (
    <Dialog
      title={t("unmerge.title")} open onClose={onClose}
      foot={<><Button onClick={onClose}>{t("app.cancel")}</Button><Button tone="primary" busy={busy} onClick={submit}>{t("unmerge.submit")}</Button></>}
    >
      <p>{t("unmerge.lead", { id: secondary })}</p>
      {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
    </Dialog>
  );
}
