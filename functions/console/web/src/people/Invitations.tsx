import { useState } from "react";
import { problemText } from "../api/problem";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { useToast } from "../ui/Toast";
import type { InvitationView } from "./model";

/** Invitations that wait or have run out: each can be sent again or taken back. */
export function Invitations({ items, onChanged }: { items: readonly InvitationView[]; onChanged: () => void }) {
  const { t, day } = useWords();
  const { request } = useWorkspace();
  const toast = useToast();
  const [busy, setBusy] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const send = (id: string, work: Promise<unknown>, done: string) => {
    setBusy(id);
    setProblem(undefined);
    work
      .then(
        () => {
          toast(t(done));
          onChanged();
        },
        (error: unknown) => setProblem(problemText(error, t, "invitations.failed")),
      )
      .finally(() => setBusy(undefined));
  };
  return (
    <section className="people-part" aria-labelledby="invitations">
      <h3 id="invitations">{t("invitations.title")}</h3>
      {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
      <ul className="people panel">
        {items.map((one) => (
          <li key={one.id}>
            <div className="people-who">
              <strong>{one.email}</strong>
              <small>{t(`place.role_${one.place.role}`)} · {t("invitations.by", { name: one.invited_by_name, at: day(one.created_at) })}</small>
              <small data-late={one.expired || undefined}>{t(one.expired ? "invitations.expired" : "invitations.until", { until: day(one.expires_at) })}</small>
            </div>
            <span className="people-actions">
              <Button busy={busy === one.id} aria-label={t("invitations.resend_named", { email: one.email })} onClick={() => send(one.id, request("POST", `invitations/${one.id}/resend`), "invitations.resent")}>{t("invitations.resend")}</Button>
              <Button tone="quiet" disabled={busy === one.id} aria-label={t("invitations.revoke_named", { email: one.email })} onClick={() => send(one.id, request("DELETE", `invitations/${one.id}`), "invitations.revoked")}>{t("invitations.revoke")}</Button>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
