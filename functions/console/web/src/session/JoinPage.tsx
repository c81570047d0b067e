import { useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { ApiError } from "../api/client";
import { useSession } from "../app/session";
import { useWords } from "../i18n";
import type { Document, InvitationOffer } from "../people/model";
import { Button } from "../ui/Button";
import { SkeletonRows } from "../ui/State";
import { TextField } from "../ui/TextField";
import { Form, SessionCard } from "./card";
import { useForm, useRefusal } from "./useForm";
import "../people/people.css";

type Seen = { at: "reading" } | { at: "gone" } | { at: "unreachable" } | { at: "offer"; offer: InvitationOffer };

/** Where the link of an invitation leads. Its token stands behind the `#`, which no server is told. */
export default function JoinPage() {
  const { t } = useWords();
  const { client } = useSession();
  const [token] = useState(() => location.hash.slice(1));
  const [seen, setSeen] = useState<Seen>({ at: "reading" });
  useEffect(() => {
    client.request<InvitationOffer>("POST", "/signup/invitation", { body: { token } }).then(
      (offer) => setSeen({ at: "offer", offer }),
      (error: unknown) => setSeen({ at: error instanceof ApiError && (error.status === 0 || error.status >= 500 || error.status === 429) ? "unreachable" : "gone" }),
    );
  }, [client, token]);
  return (
    <SessionCard>
      {seen.at === "reading" ? <SkeletonRows rows={3} label={t("app.loading")} />
        : seen.at === "gone" ? <p className="session-problem" role="alert">{t("join.gone")}</p>
        : seen.at === "unreachable" ? <p className="session-problem" role="alert">{t("session.unreachable")}</p>
        : <Offer token={token} offer={seen.offer} />}
    </SessionCard>
  );
}

function Offer({ token, offer }: { token: string; offer: InvitationOffer }) {
  const { t } = useWords();
  const { state, me } = useSession();
  const lead = t("join.lead", { by: offer.invited_by_name, role: t(`place.role_${offer.role}`) });
  const title = t("join.title", { name: offer.workspace_name });
  if (!offer.known) return <NewPerson token={token} offer={offer} title={title} lead={lead} />;
  if (state === "in" && me) {
    if (me.user.email.toLowerCase() === offer.email.toLowerCase()) return <Accept token={token} title={title} lead={lead} />;
    return <Said title={title} lead={lead} text={t("join.other", { email: offer.email })} />;
  }
  return (
    <Said title={title} lead={lead} text={t("join.known", { email: offer.email })}>
      <Link className="ui-button" data-tone="primary" href={`/sign-in?to=${encodeURIComponent(`/join#${token}`)}`}>{t("join.sign_in")}</Link>
    </Said>
  );
}

function Said({ title, lead, text, children }: { title: string; lead: string; text: string; children?: React.ReactNode }) {
  return (
    <div className="ui-form">
      <div className="session-head"><h1>{title}</h1><p>{lead}</p></div>
      <p>{text}</p>
      {children}
    </div>
  );
}

const REFUSED = { link_used_up: "join.gone", other_organization: "error.other_organization", weak_password: "session.weak" };

function Accept({ token, title, lead }: { token: string; title: string; lead: string }) {
  const { t } = useWords();
  const { client, reload } = useSession();
  const [, go] = useLocation();
  const { busy, problem, submit } = useForm(useRefusal()(REFUSED, "join.failed"));
  return (
    <Form title={title} lead={lead} problem={problem} onSubmit={submit(async () => {
      const answer = await client.request<{ workspace_id: string }>("POST", "/signup/accept", { body: { token } });
      await reload();
      go(`/w/${answer.workspace_id}/inbox/all`, { replace: true });
    })}>
      <Button type="submit" tone="primary" busy={busy}>{t("join.accept")}</Button>
    </Form>
  );
}

function NewPerson({ token, offer, title, lead }: { token: string; offer: InvitationOffer; title: string; lead: string }) {
  const { t } = useWords();
  const { client, reload } = useSession();
  const [, go] = useLocation();
  const [first, setFirst] = useState("");
  const [last, setLast] = useState("");
  const [password, setPassword] = useState("");
  const [accepted, setAccepted] = useState(false);
  const { busy, problem, submit } = useForm(useRefusal()(REFUSED, "join.failed"));
  return (
    <Form title={title} lead={lead} problem={problem} onSubmit={submit(async () => {
      const documents = await client.request<{ items: Document[] }>("GET", "/signup/documents");
      const body = { token, password, first_name: first, last_name: last, accepted: documents.items.filter((one) => one.document !== "prohibited_business") };
      const answer = await client.request<{ workspace_id: string }>("POST", "/signup/join", { body });
      await client.signIn(offer.email, password);
      await reload();
      go(`/w/${answer.workspace_id}/inbox/all`, { replace: true });
    })}>
      <p>{t("join.email", { email: offer.email })}</p>
      <input type="text" className="visually-hidden" name="email" autoComplete="username" readOnly tabIndex={-1} aria-hidden="true" value={offer.email} />
      <TextField label={t("join.first_name")} autoComplete="given-name" required maxLength={255} autoFocus value={first} onChange={(event) => setFirst(event.target.value)} />
      <TextField label={t("join.last_name")} autoComplete="family-name" maxLength={255} value={last} onChange={(event) => setLast(event.target.value)} />
      <TextField label={t("join.password")} hint={t("session.password_rule")} type="password" autoComplete="new-password" minLength={10} required value={password} onChange={(event) => setPassword(event.target.value)} />
      <label className="people-accept"><input type="checkbox" required checked={accepted} onChange={(event) => setAccepted(event.target.checked)} /><span>{t("join.documents")}</span></label>
      <Button type="submit" tone="primary" busy={busy} disabled={!accepted}>{t("join.submit")}</Button>
    </Form>
  );
}
