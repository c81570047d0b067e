import { CircleAlert, CircleCheck } from "lucide-react";
import { useState, type FormEvent } from "react";
import { problemText } from "../../api/problem";
import { useWorkspace } from "../../app/workspace";
import { useWords } from "../../i18n";
import { Button } from "../../ui/Button";
import { ICON } from "../../ui/icon";
import { TextField } from "../../ui/TextField";
import { Choices } from "../Choices";
import { originOf, type InstallCheck, type WebchatAnswer } from "./api";
import { Code } from "./Code";
import { PLATFORMS, STEPS, type Platform } from "./snippets";

/** The code, where each kind of site wants it, and whether it is there. */
export function Install({ id, chat }: { id: string; chat: WebchatAnswer }) {
  const { t } = useWords();
  const [platform, setPlatform] = useState<Platform>("html");
  return (
    <section className="panel ui-form">
      <h3 className="panel-title">{t("webchat.install")}</h3>
      <p>{t("webchat.install_lead")}</p>
      <Code label={t("webchat.snippet")} text={chat.snippet} />
      <Choices legend={t("webchat.install_where")} value={platform} onChange={setPlatform} options={PLATFORMS.map((value) => ({ value, label: t(`webchat.${value}`) }))} />
      <ol className="install-steps">{Array.from({ length: STEPS[platform] }, (_, at) => <li key={at}>{t(`webchat.${platform}_${at + 1}`)}</li>)}</ol>
      <Detect id={id} origins={chat.settings.allowed_origins} />
    </section>
  );
}

/** Whether a page is on a site of the list. */
export function allowed(page: string, origins: readonly string[]): boolean {
  const origin = originOf(page);
  if (origin === undefined) return true;
  return origins.some((one) => {
    const [scheme, host] = one.split("*");
    return host === undefined ? one === origin : origin.startsWith(scheme as string) && origin.endsWith(host);
  });
}

function Detect({ id, origins }: { id: string; origins: readonly string[] }) {
  const { t, clock } = useWords();
  const { request } = useWorkspace();
  const first = origins.find((one) => !one.includes("*"));
  const [url, setUrl] = useState(first ? `${first}/` : "");
  const [busy, setBusy] = useState(false);
  const [found, setFound] = useState<InstallCheck>();
  const [error, setError] = useState<unknown>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const page = /^https?:\/\//i.test(url.trim()) ? url.trim() : `https://${url.trim()}`;
    setBusy(true);
    setFound(undefined);
    setError(undefined);
    request<InstallCheck>("POST", `channels/${id}/webchat/install-check`, { body: { url: page } }).then(setFound, setError).finally(() => setBusy(false));
  };
  const site = originOf(url);
  return (
    <form className="ui-form detect" onSubmit={submit} noValidate>
      <h4>{t("webchat.check_title")}</h4>
      <div className="detect-row">
        <TextField label={t("webchat.check_url")} type="url" inputMode="url" placeholder="https://" autoComplete="off" value={url} onChange={(event) => setUrl(event.target.value)} />
        <Button type="submit" busy={busy} disabled={url.trim() === ""}>{t("webchat.check")}</Button>
      </div>
      <div role="status">
        {busy ? <p className="ui-hint">{t("webchat.checking")}</p> : null}
        {found ? (
          <p className="detect-state" data-ok={found.found}>
            {found.found ? <CircleCheck {...ICON} /> : <CircleAlert {...ICON} />}
            <span>{found.found ? t("webchat.found") : t(`webchat.reason_${found.reason ?? "not_found"}`)} <time className="figures">{clock(found.checked_at)}</time></span>
          </p>
        ) : null}
        {error === undefined ? null : <p className="ui-problem">{problemText(error, t, "webchat.check_failed")}</p>}
      </div>
      {site && !allowed(url, origins) ? <p className="ui-note">{t("webchat.not_allowed", { site })}</p> : null}
    </form>
  );
}
