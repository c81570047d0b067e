import { useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import { useSession } from "../app/session";
import { useWords } from "../i18n";
import type { Document } from "../people/model";
import { Button } from "../ui/Button";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";
import { Form, SessionCard } from "./card";
import { useForm, useRefusal } from "./useForm";
import "../people/people.css";

const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
/** Codes that name groups of countries or none. */
const NO_COUNTRY = /^(X[A-Z]|EU|EZ|UN|QO|ZZ)$/;

/** Every country that the browser has a name for, by name. */
function countriesIn(region: string): { code: string; name: string }[] {
  const names = new Intl.DisplayNames(region, { type: "region", fallback: "none" });
  const codes = LETTERS.flatMap((first) => LETTERS.map((second) => first + second)).filter((code) => !NO_COUNTRY.test(code));
  const named = codes.flatMap((code) => {
    const name = names.of(code);
    return name === undefined ? [] : [{ code, name }];
  });
  return named.sort((a, b) => a.name.localeCompare(b.name, region));
}

/** Sign-up: an address that is proved by a link first, then everything that an account begins with. */
export default function SignUpPage() {
  const [token] = useState(() => location.hash.slice(1));
  return <SessionCard>{token === "" ? <Start /> : <Finish token={token} />}</SessionCard>;
}

function Start() {
  const { t, locale } = useWords();
  const { client } = useSession();
  const [email, setEmail] = useState("");
  const [sent, setSent] = useState(false);
  const { busy, problem, submit } = useForm(useRefusal()({ invalid_value: "invitations.email_wrong" }, "signup.failed"));
  const back = <Link className="ui-link session-other" href="/sign-in">{t("session.back")}</Link>;
  if (sent) {
    return (
      <div className="ui-form">
        <div className="session-head" role="status"><h1>{t("signup.sent_title")}</h1><p>{t("signup.sent", { email })}</p></div>
        {back}
      </div>
    );
  }
  return (
    <Form title={t("signup.title")} lead={t("signup.lead")} problem={problem} onSubmit={submit(async () => {
      await client.request("POST", "/signup/start", { body: { email: email.trim(), locale } });
      setSent(true);
    })}>
      <TextField label={t("session.email")} type="email" autoComplete="username" required autoFocus maxLength={254} value={email} onChange={(event) => setEmail(event.target.value)} />
      <Button type="submit" tone="primary" busy={busy}>{t("signup.send")}</Button>
      {back}
    </Form>
  );
}

function Finish({ token }: { token: string }) {
  const { t, region } = useWords();
  const { client, reload } = useSession();
  const [, go] = useLocation();
  const [form, setForm] = useState({ first_name: "", last_name: "", organization_name: "", workspace_name: "", password: "", country: "EC", timezone: Intl.DateTimeFormat().resolvedOptions().timeZone || "America/Guayaquil" });
  const [accepted, setAccepted] = useState(false);
  const refusals = { link_used_up: "signup.gone", weak_password: "session.weak" };
  const { busy, problem, submit } = useForm(useRefusal()(refusals, "signup.failed"));
  const countries = useMemo(() => countriesIn(region), [region]);
  const zones = useMemo(() => [...new Set([form.timezone, ...Intl.supportedValuesOf("timeZone")])], [form.timezone]);
  const field = (key: keyof typeof form) => ({ value: form[key], onChange: (event: { target: { value: string } }) => setForm((before) => ({ ...before, [key]: event.target.value })) });
  return (
    <Form title={t("signup.finish_title")} problem={problem} onSubmit={submit(async () => {
      const documents = await client.request<{ items: Document[] }>("GET", "/signup/documents");
      const body = { ...form, token, workspace_name: form.workspace_name || form.organization_name, accepted: documents.items };
      const answer = await client.request<{ email: string; workspace_id: string }>("POST", "/signup/complete", { body });
      try {
        await client.signIn(answer.email, form.password);
        await reload();
      } catch {
        // The account is there; only the entering failed.
        go("/sign-in?created=1", { replace: true });
        return;
      }
      go(`/w/${answer.workspace_id}/inbox/all`, { replace: true });
    })}>
      <TextField label={t("join.first_name")} autoComplete="given-name" required maxLength={255} autoFocus {...field("first_name")} />
      <TextField label={t("join.last_name")} autoComplete="family-name" maxLength={255} {...field("last_name")} />
      <TextField label={t("signup.organization")} autoComplete="organization" required maxLength={128} {...field("organization_name")} />
      <TextField label={t("signup.workspace")} maxLength={128} placeholder={form.organization_name} {...field("workspace_name")} />
      <SelectField label={t("signup.country")} autoComplete="country" {...field("country")}>{countries.map((one) => <option key={one.code} value={one.code}>{one.name}</option>)}</SelectField>
      <SelectField label={t("signup.timezone")} {...field("timezone")}>{zones.map((zone) => <option key={zone}>{zone}</option>)}</SelectField>
      <TextField label={t("join.password")} hint={t("session.password_rule")} type="password" autoComplete="new-password" minLength={10} required {...field("password")} />
      <label className="people-accept"><input type="checkbox" required checked={accepted} onChange={(event) => setAccepted(event.target.checked)} /><span>{t("signup.documents")}</span></label>
      <Button type="submit" tone="primary" busy={busy} disabled={!accepted}>{t("signup.submit")}</Button>
      {problem === t("signup.gone") ? <Link className="ui-link session-other" href="/sign-up">{t("signup.again")}</Link> : null}
    </Form>
  );
}
