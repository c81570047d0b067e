import { Fragment, useState, type FormEvent } from "react";
import { ApiError } from "../api/client";
import { codeAt, problemText } from "../api/problem";
import type { Channel } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { failureText } from "../thread/words";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/TextField";
import { SetupValues, type Setup } from "./SetupValues";

export const KINDS = ["whatsapp_cloud", "facebook", "instagram", "telegram", "twilio"] as const;
export type Kind = (typeof KINDS)[number];
type Field = "name" | "phone_number_id" | "business_account_id" | "page_id" | "instagram_id" | "app_id" | "access_token" | "app_secret" | "bot_token" | "account_sid" | "auth_token" | "number";
/** What each provider wants to be true first, as its server asks for it. */
const CHECKLISTS: Record<Kind, readonly string[]> = {
  whatsapp_cloud: ["number_not_in_app", "provider_bills_usage", "sector_allowed", "government_checked"],
  facebook: ["page_is_ours", "page_name_is_bot_name", "operator_is_agency", "human_agent_granted"],
  instagram: ["professional_account", "message_access_allowed", "human_agent_granted"],
  telegram: [],
  twilio: ["number_takes_texts", "sender_registered", "countries_enabled", "consent_given", "texts_billed"],
};
/** What is entered, a row for each line of the form. */
const FIELDS: Record<Kind, readonly (readonly Field[])[]> = {
  whatsapp_cloud: [["phone_number_id", "business_account_id"], ["app_id"], ["access_token"], ["app_secret"]],
  facebook: [["page_id", "app_id"], ["access_token"], ["app_secret"]],
  instagram: [["instagram_id", "app_id"], ["access_token"], ["page_id"], ["app_secret"]],
  telegram: [["bot_token"]],
  twilio: [["number"], ["account_sid"], ["auth_token"]],
};
const SECRET = new Set<Field>(["access_token", "app_secret", "bot_token", "auth_token"]);
/** May be left empty. */
const isOptional = (kind: Kind, field: Field) => field === "app_secret" || (kind === "instagram" && field === "page_id");
/** The member that names the account. */
const ACCOUNT: Partial<Record<Kind, Field>> = { whatsapp_cloud: "phone_number_id", facebook: "page_id", instagram: "instagram_id", twilio: "number" };

/** Connecting an account of a provider, each in its own way. */
export function ConnectDialog({ kind, again, onClose }: { kind: Kind; again: Channel | undefined; onClose: () => void }) {
  return kind === "telegram" ? <TelegramDialog again={again} onClose={onClose} /> : <CheckedDialog kind={kind} again={again} onClose={onClose} />;
}

/** A bot needs its token and nothing else: the rest is asked and told at Telegram. */
function TelegramDialog({ again, onClose }: { again: Channel | undefined; onClose: () => void }) {
  const { t } = useWords();
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState<{ channel: Channel; setup: Setup }>();
  const foot = done ? <Button tone="primary" onClick={onClose}>{t("connect.finish")}</Button>
    : <><Button onClick={onClose}>{t("app.cancel")}</Button><Button type="submit" form="connect" tone="primary" busy={busy}>{t("connect.submit")}</Button></>;
  return (
    <Dialog title={t("connect.title_telegram")} open onClose={onClose} foot={foot}>
      {done ? <div className="ui-form"><p role="status">{t("connect.done", { display: done.channel.display })}</p><SetupValues setup={done.setup} source="telegram" /></div> : (
        <>
          <p className="ui-note">{t("connect.steps_telegram")}</p>
          <ConnectForm kind="telegram" again={again} onBusy={setBusy} onDone={setDone} />
        </>
      )}
    </Dialog>
  );
}

/** Connecting a number, a page or an account: what must be true first, the provider's data, and what to enter at the provider. */
function CheckedDialog({ kind, again, onClose }: { kind: Kind; again: Channel | undefined; onClose: () => void }) {
  const checklist = CHECKLISTS[kind];
  const { t } = useWords();
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [ready, setReady] = useState(false);
  const [begun, setBegun] = useState(false);
  const [done, setDone] = useState<{ channel: Channel; setup: Setup }>();
  const step = done ? 3 : ready ? 2 : 1;
  const [busy, setBusy] = useState(false);
  // The keys keep the press on "continue" from becoming the press on "connect" that takes its place.
  const foot = done ? <Button tone="primary" onClick={onClose}>{t("connect.finish")}</Button> : ready
    ? <Fragment key="data"><Button onClick={() => setReady(false)}>{t("app.back")}</Button><Button type="submit" form="connect" tone="primary" busy={busy}>{t("connect.submit")}</Button></Fragment>
    : <Fragment key="list"><Button onClick={onClose}>{t("app.cancel")}</Button><Button tone="primary" disabled={checklist.some((one) => !ticked.has(one))} onClick={() => { setReady(true); setBegun(true); }}>{t("connect.next")}</Button></Fragment>;
  return (
    <Dialog title={t(`connect.title_${kind}`)} open onClose={onClose} wide foot={foot}>
      <ol className="steps">{[1, 2, 3].map((one) => <li key={one} aria-current={one === step ? "step" : undefined} data-done={one < step || undefined}><i aria-hidden="true">{one}</i><span>{t(one === 2 && kind === "twilio" ? "connect.step2_twilio" : `connect.step${one}`)}</span></li>)}</ol>
      {done ? <div className="ui-form"><p role="status">{t("connect.done", { display: done.channel.display })}</p><SetupValues setup={done.setup} source={kind} /></div> : null}
      {step === 1 ? (
        <ul>
          {checklist.map((one) => (
            <li key={one}>
              <label className="ui-check">
                <input type="checkbox" checked={ticked.has(one)} onChange={(event) => {
                  const next = new Set(ticked);
                  if (event.target.checked) next.add(one);
                  else next.delete(one);
                  setTicked(next);
                }} />
                <span>{t(`connect.check_${one}`)}</span>
              </label>
            </li>
          ))}
        </ul>
      ) : null}
      {/* Kept while one goes back to the list, so that nothing has to be typed twice. */}
      {begun && !done ? <div hidden={!ready}><ConnectForm kind={kind} again={again} onBusy={setBusy} onDone={setDone} /></div> : null}
    </Dialog>
  );
}

function ConnectForm({ kind, again, onBusy, onDone }: { kind: Kind; again: Channel | undefined; onBusy: (busy: boolean) => void; onDone: (done: { channel: Channel; setup: Setup }) => void }) {
  const { t } = useWords();
  const { request } = useWorkspace();
  const [values, setValues] = useState<Partial<Record<Field, string>>>(() => { const id = ACCOUNT[kind]; return { name: again?.name ?? "", ...(id ? { [id]: again?.account ?? "" } : {}) }; });
  const [error, setError] = useState<unknown>();
  const [tried, setTried] = useState(false);
  const value = (field: Field) => values[field] ?? "";
  const fields: readonly Field[] = FIELDS[kind].flat();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if ((["name", ...fields] as Field[]).some((field) => !isOptional(kind, field) && !value(field).trim())) return;
    onBusy(true);
    setError(undefined);
    const config = Object.fromEntries(fields.map((field) => [field, value(field).trim()]).filter(([, text]) => text));
    request<{ channel: Channel; setup: Setup }>("POST", "channels", { body: { source: kind, name: value("name").trim(), config, checklist: CHECKLISTS[kind] } })
      .then(onDone, setError).finally(() => onBusy(false));
  };
  const problem = (field: Field) => {
    if (tried && !isOptional(kind, field) && !value(field).trim()) return t("connect.required");
    const code = codeAt(error, field === "name" ? "/name" : `/config/${field}`);
    if (!code) return undefined;
    if (code === "required") return t("connect.required");
    const words = failureText({ failure: { reason: code, retryable: false } }, t, kind);
    return words === t("failure.unknown") ? t("connect.invalid") : words;
  };
  const field = (name: Field) => (
    <TextField
      label={t(kind === "instagram" && name === "page_id" ? "connect.page_id_optional" : name === "access_token" && kind !== "whatsapp_cloud" ? `connect.access_token_${kind}` : `connect.${name}`)} problem={problem(name)} type={SECRET.has(name) ? "password" : "text"} autoComplete="off" spellCheck={false} autoFocus={name === "name"}
      hint={name === "name" ? t("connect.name_hint") : name === "app_secret" || name === "bot_token" || name === "auth_token" ? `${t(`connect.${name}_hint`)} ${t("connect.secret_hint")}` : SECRET.has(name) ? t("connect.secret_hint") : name === "account_sid" || name === "number" ? t(`connect.${name}_hint`) : undefined}
      value={value(name)} onChange={(event) => setValues({ ...values, [name]: event.target.value })}
    />
  );
  return (
    <form id="connect" className="ui-form" onSubmit={submit} noValidate>
      {error === undefined ? null : <Refusal error={error} />}
      {field("name")}
      {FIELDS[kind].map((row) => row.length > 1 ? <div key={row[0]} className="pair">{row.map((one) => <Fragment key={one}>{field(one)}</Fragment>)}</div> : row.map((one) => <Fragment key={one}>{field(one)}</Fragment>))}
    </form>
  );
}

function Refusal({ error }: { error: unknown }) {
  const { t } = useWords();
  let words = problemText(error, t, "connect.failed");
  if (error instanceof ApiError && error.code === "account_taken") words = t("connect.account_taken");
  else if (error instanceof ApiError && error.code === "installation_key_missing") words = t("connect.installation_key_missing");
  else if (error instanceof ApiError && error.code === "provider_refused") {
    const first = error.errors[0];
    const reason = first ? failureText({ failure: { reason: first.code, retryable: false } }, t) : "";
    words = t("connect.refused", { detail: first?.detail || reason });
  } else if (error instanceof ApiError && error.errors.some((one) => one.pointer.startsWith("/config/") || one.pointer === "/name")) return null;
  return <p className="session-problem" role="alert">{words}</p>;
}
