import { useState, type FormEvent } from "react";
import { useLocation } from "wouter";
import { codeAt, problemText } from "../../api/problem";
import type { Channel } from "../../api/types";
import { useWorkspace } from "../../app/workspace";
import { useWords } from "../../i18n";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/TextField";
import { originOf } from "./api";
import { TextArea } from "./TextArea";

/** A chat for a site: a name for the team, and the sites that may show it. */
export function ConnectWebchat({ onClose }: { onClose: () => void }) {
  const { t } = useWords();
  const { request, reload } = useWorkspace();
  const [, go] = useLocation();
  const [name, setName] = useState("");
  const [sites, setSites] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const lines = sites.split(/[\n,]/).map((one) => one.trim()).filter(Boolean);
  const wrong = lines.find((one) => originOf(one) === undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!name.trim() || lines.length === 0 || wrong !== undefined) return;
    setBusy(true);
    setError(undefined);
    request<{ channel: Channel }>("POST", "channels", { body: { source: "webchat", name: name.trim(), config: { allowed_origins: lines.map(originOf) }, checklist: [] } })
      .then(async ({ channel }) => {
        await reload();
        onClose();
        go(`/settings/webchat/${channel.id}`);
      }, (caught: unknown) => {
        setError(caught);
        setBusy(false);
      });
  };
  const siteProblem = tried && lines.length === 0 ? t("webchat.required") : tried && wrong !== undefined ? t("webchat.origin_invalid", { site: wrong }) : undefined;
  const nameProblem = tried && !name.trim() ? t("webchat.required") : codeAt(error, "/name") ? t("webchat.invalid") : undefined;
  return (
    <Dialog title={t("webchat.connect_title")} open onClose={onClose} foot={<><Button onClick={onClose}>{t("app.cancel")}</Button><Button type="submit" form="connect-webchat" tone="primary" busy={busy}>{t("webchat.submit")}</Button></>}>
      <form id="connect-webchat" className="ui-form" onSubmit={submit} noValidate>
        <p>{t("webchat.connect_lead")}</p>
        {error === undefined ? null : <p className="session-problem" role="alert">{problemText(error, t, "webchat.connect_failed")}</p>}
        <TextField label={t("webchat.name")} hint={t("webchat.name_hint")} problem={nameProblem} autoFocus autoComplete="off" maxLength={60} value={name} onChange={(event) => setName(event.target.value)} />
        <TextArea label={t("webchat.origins")} hint={t("webchat.origins_hint")} problem={siteProblem} placeholder="https://" value={sites} onChange={setSites} />
      </form>
    </Dialog>
  );
}
