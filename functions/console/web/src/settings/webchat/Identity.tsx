import { useState } from "react";
import { problemText } from "../../api/problem";
import { useWorkspace } from "../../app/workspace";
import { useWords } from "../../i18n";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { useToast } from "../../ui/Toast";
import { Choices } from "../Choices";
import { Code } from "./Code";
import { HASH, IDENTITY, SERVERS, type Server } from "./snippets";

/** How a site vouches for its signed-in users. */
export function Identity({ id }: { id: string }) {
  const { t } = useWords();
  const { request, may } = useWorkspace();
  const toast = useToast();
  const [secret, setSecret] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [server, setServer] = useState<Server>("node");
  const ask = (method: "GET" | "POST", then?: () => void) => {
    setBusy(true);
    setProblem(undefined);
    request<{ secret: string }>(method, `channels/${id}/webchat/identity`).then((answer) => {
      setSecret(answer.secret);
      then?.();
    }, (error: unknown) => setProblem(problemText(error, t, "webchat.secret_failed"))).finally(() => {
      setBusy(false);
      setAsking(false);
    });
  };
  return (
    <section className="panel ui-form">
      <h3 className="panel-title">{t("webchat.identity")}</h3>
      <p>{t("webchat.identity_lead")}</p>
      {may("channel_write") ? (
        <div className="ui-form">
          {secret === undefined ? null : <><Code label={t("webchat.secret")} text={secret} /><p className="ui-hint">{t("webchat.secret_hint")}</p></>}
          {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
          <div className="panel-foot">
            {secret === undefined ? <Button busy={busy} onClick={() => ask("GET")}>{t("webchat.secret_show")}</Button> : <Button onClick={() => setSecret(undefined)}>{t("webchat.secret_hide")}</Button>}
            <Button disabled={busy} onClick={() => setAsking(true)}>{t("webchat.secret_renew")}</Button>
          </div>
        </div>
      ) : null}
      <Choices legend={t("webchat.server")} value={server} onChange={setServer} options={SERVERS.map((value) => ({ value, label: t(`webchat.${value}`) }))} />
      <h4>{t("webchat.identity_sign")}</h4>
      <Code label={t("webchat.identity_sign")} text={HASH[server]} />
      <h4>{t("webchat.identity_page")}</h4>
      <Code label={t("webchat.code_identity")} text={IDENTITY} />
      <h4>{t("webchat.identity_leave")}</h4>
      {asking ? (
        <Dialog title={t("webchat.secret_renew_title")} open onClose={() => setAsking(false)} foot={<><Button onClick={() => setAsking(false)}>{t("app.cancel")}</Button><Button tone="danger" busy={busy} onClick={() => ask("POST", () => toast(t("webchat.secret_renewed")))}>{t("webchat.secret_renew")}</Button></>}>
          <p>{t("webchat.secret_renew_lead")}</p>
        </Dialog>
      ) : null}
    </section>
  );
}
