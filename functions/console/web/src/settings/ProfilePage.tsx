import { useState, type FormEvent } from "react";
import { problemText } from "../api/problem";
import type { Me } from "../api/types";
import { usePreferences } from "../app/preferences";
import { useSession } from "../app/session";
import { useWords, type Locale } from "../i18n";
import { Button } from "../ui/Button";
import { TextField } from "../ui/TextField";
import { useToast } from "../ui/Toast";
import { Choices } from "./Choices";
import { Password } from "./Password";

/** One's own name, password and language, and how the console looks here. */
export function ProfilePage() {
  const { t } = useWords();
  const { me, client, setMe } = useSession();
  const { theme, setTheme, locale, setLocale } = usePreferences();
  const toast = useToast();
  const [first, setFirst] = useState(me?.user.first_name ?? "");
  const [last, setLast] = useState(me?.user.last_name ?? "");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const save = (body: object, done?: () => void) => client.request<Me>("PATCH", "/me", { body }).then((answer) => { setMe(answer); done?.(); });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    save({ first_name: first, last_name: last }, () => toast(t("profile.saved"))).catch((error: unknown) => setProblem(problemText(error, t, "contact.save_failed"))).finally(() => setBusy(false));
  };
  const language = (next: Locale) => {
    setLocale(next);
    save({ locale: next }).catch(() => undefined);
  };
  return (
    <>
      <header className="settings-head"><div><h2>{t("profile.title")}</h2><p>{me?.user.email}</p></div></header>
      <form className="ui-form panel" onSubmit={submit}>
        <div className="pair">
          <TextField label={t("contact.first_name")} autoComplete="given-name" maxLength={255} required value={first} onChange={(event) => setFirst(event.target.value)} />
          <TextField label={t("contact.last_name")} autoComplete="family-name" maxLength={255} value={last} onChange={(event) => setLast(event.target.value)} />
        </div>
        {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
        <div className="panel-foot"><Button type="submit" tone="primary" busy={busy} disabled={first === me?.user.first_name && last === me?.user.last_name}>{t("app.save")}</Button></div>
      </form>
      <Password />
      <section className="panel ui-form">
        <Choices legend={t("account.language")} value={locale} onChange={language} options={(["es", "en"] as const).map((value) => ({ value, label: t(`account.language_${value}`) }))} />
        <Choices legend={t("account.theme")} value={theme} onChange={setTheme} options={(["light", "dark", "system"] as const).map((value) => ({ value, label: t(`account.theme_${value}`) }))} />
      </section>
    </>
  );
}
