import { useState } from "react";
import { Link, useLocation, useSearch } from "wouter";
import type { SessionChallenge } from "../api/types";
import { useSession } from "../app/session";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { TextField } from "../ui/TextField";
import { Form, SessionCard } from "./card";
import { useForm, useRefusal } from "./useForm";

type Step = { at: "sign_in"; note?: string } | { at: "first"; challenge: SessionChallenge } | { at: "forgot" } | { at: "reset"; email: string };

/** Everything before one is signed in. */
export function SessionPages() {
  const { ended } = useSession();
  const [step, setStep] = useState<Step>(() => {
    const note = ended ? "session.ended" : new URLSearchParams(location.search).has("created") ? "signup.created" : undefined;
    return note ? { at: "sign_in", note } : { at: "sign_in" };
  });
  const [email, setEmail] = useState("");
  return (
    <SessionCard>
      {step.at === "sign_in" ? <SignIn email={email} setEmail={setEmail} note={step.note} go={setStep} />
        : step.at === "first" ? <FirstPassword challenge={step.challenge} go={setStep} />
        : step.at === "forgot" ? <Forgot email={email} setEmail={setEmail} go={setStep} />
        : <Reset email={step.email} go={setStep} />}
    </SessionCard>
  );
}

/** Reads who signed in and goes to the page that was asked for. */
function useArrive() {
  const { reload } = useSession();
  const [, go] = useLocation();
  const search = useSearch();
  return async () => {
    const to = new URLSearchParams(search).get("to");
    await reload();
    go(to && /^\/(w\/[\w-]+|join)([/#]|$)/.test(to) ? to : "/", { replace: true });
  };
}

interface StepProps { go: (step: Step) => void }

function SignIn({ email, setEmail, note, go }: StepProps & { email: string; setEmail: (email: string) => void; note?: string | undefined }) {
  const { t } = useWords();
  const { client } = useSession();
  const arrive = useArrive();
  const [password, setPassword] = useState("");
  const { busy, problem, submit } = useForm(useRefusal()({}, "session.wrong"));
  return (
    <Form title={t("session.title")} lead={t("session.lead")} problem={problem} onSubmit={submit(async () => {
      const challenge = await client.signIn(email, password);
      if (challenge) go({ at: "first", challenge });
      else await arrive();
    })}>
      {note && !problem ? <p className="ui-note" role="status">{t(note)}</p> : null}
      <TextField label={t("session.email")} type="email" name="email" autoComplete="username" required autoFocus value={email} onChange={(event) => setEmail(event.target.value)} />
      <TextField label={t("session.password")} type="password" name="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.target.value)} />
      <Button type="submit" tone="primary" busy={busy}>{t("session.submit")}</Button>
      <button type="button" className="ui-link session-other" onClick={() => go({ at: "forgot" })}>{t("session.forgot")}</button>
      <Link className="ui-link session-other" href="/sign-up">{t("signup.link")}</Link>
    </Form>
  );
}

function FirstPassword({ challenge, go }: StepProps & { challenge: SessionChallenge }) {
  const { t } = useWords();
  const { client } = useSession();
  const arrive = useArrive();
  const [password, setPassword] = useState("");
  const { busy, problem, submit } = useForm(useRefusal()({ weak_password: "session.weak", unauthenticated: "session.ended" }, "session.weak"));
  return (
    <Form title={t("session.first_title")} lead={t("session.first_lead")} problem={problem} onSubmit={submit(async () => {
      await client.newPassword(challenge, password);
      await arrive();
    })}>
      <input type="text" className="visually-hidden" name="email" autoComplete="username" readOnly tabIndex={-1} aria-hidden="true" value={challenge.email} />
      <TextField label={t("session.new_password")} hint={t("session.password_rule")} type="password" autoComplete="new-password" minLength={10} required autoFocus value={password} onChange={(event) => setPassword(event.target.value)} />
      <Button type="submit" tone="primary" busy={busy}>{t("session.set_password")}</Button>
      <button type="button" className="ui-link session-other" onClick={() => go({ at: "sign_in" })}>{t("session.back")}</button>
    </Form>
  );
}

function Forgot({ email, setEmail, go }: StepProps & { email: string; setEmail: (email: string) => void }) {
  const { t } = useWords();
  const { client } = useSession();
  const { busy, problem, submit } = useForm(useRefusal()({}, "error.unavailable"));
  return (
    <Form title={t("session.forgot_title")} lead={t("session.forgot_lead")} problem={problem} onSubmit={submit(async () => {
      await client.request("POST", "/session/forgot", { body: { email } });
      go({ at: "reset", email });
    })}>
      <TextField label={t("session.email")} type="email" autoComplete="username" required autoFocus value={email} onChange={(event) => setEmail(event.target.value)} />
      <Button type="submit" tone="primary" busy={busy}>{t("session.send_code")}</Button>
      <button type="button" className="ui-link session-other" onClick={() => go({ at: "sign_in" })}>{t("session.back")}</button>
    </Form>
  );
}

function Reset({ email, go }: StepProps & { email: string }) {
  const { t } = useWords();
  const { client } = useSession();
  const [code, setCode] = useState("");
  const [password, setPassword] = useState("");
  const { busy, problem, submit } = useForm(useRefusal()({ wrong_code: "session.wrong_code", weak_password: "session.weak" }, "session.wrong_code"));
  return (
    <Form title={t("session.forgot_title")} lead={t("session.reset_lead", { email })} problem={problem} onSubmit={submit(async () => {
      await client.request("POST", "/session/reset", { body: { email, code, password } });
      go({ at: "sign_in", note: "session.reset_done" });
    })}>
      <TextField label={t("session.code")} inputMode="numeric" autoComplete="one-time-code" required autoFocus value={code} onChange={(event) => setCode(event.target.value)} />
      <TextField label={t("session.new_password")} hint={t("session.password_rule")} type="password" autoComplete="new-password" minLength={10} required value={password} onChange={(event) => setPassword(event.target.value)} />
      <Button type="submit" tone="primary" busy={busy}>{t("session.set_password")}</Button>
      <button type="button" className="ui-link session-other" onClick={() => go({ at: "sign_in" })}>{t("session.back")}</button>
    </Form>
  );
}
