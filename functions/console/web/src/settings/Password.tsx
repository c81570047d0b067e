import { useState } from "react";
import { useSession } from "../app/session";
import { useWords } from "../i18n";
import { useForm, useRefusal } from "../session/useForm";
import { Button } from "../ui/Button";
import { TextField } from "../ui/TextField";
import { useToast } from "../ui/Toast";

const REFUSALS = { wrong_password: "password.wrong", weak_password: "session.weak", sessions_not_ended: "password.half_done", unauthenticated: "session.ended" };

/** Changes one's own password: who knows the old one sets a new one, and is signed out everywhere else. */
export function Password() {
  const { t } = useWords();
  const { me, client } = useSession();
  const toast = useToast();
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const { busy, problem, submit } = useForm(useRefusal()(REFUSALS, "error.unavailable"));
  return (
    <form className="panel ui-form" aria-label={t("password.title")} onSubmit={submit(async () => {
      await client.changePassword(old, next);
      setOld("");
      setNext("");
      toast(t("password.changed"));
    })}>
      <div><h3>{t("password.title")}</h3><p className="ui-hint">{t("password.lead")}</p></div>
      <input type="text" className="visually-hidden" name="email" autoComplete="username" readOnly tabIndex={-1} aria-hidden="true" value={me?.user.email ?? ""} />
      <div className="pair">
        <TextField label={t("password.old")} type="password" autoComplete="current-password" required maxLength={256} value={old} onChange={(event) => setOld(event.target.value)} />
        <TextField label={t("session.new_password")} hint={t("session.password_rule")} type="password" autoComplete="new-password" minLength={10} maxLength={256} required value={next} onChange={(event) => setNext(event.target.value)} />
      </div>
      {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
      <div className="panel-foot"><Button type="submit" tone="primary" busy={busy} disabled={old === "" || next === ""}>{t("password.submit")}</Button></div>
    </form>
  );
}
