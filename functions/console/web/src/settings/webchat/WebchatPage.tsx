import { ArrowLeft, TriangleAlert } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { problemText } from "../../api/problem";
import { useWorkspace } from "../../app/workspace";
import { useWords } from "../../i18n";
import { Button } from "../../ui/Button";
import { ICON } from "../../ui/icon";
import { EmptyState } from "../../ui/State";
import { useToast } from "../../ui/Toast";
import { originOf, type WebchatAnswer } from "./api";
import { Identity } from "./Identity";
import { Install } from "./Install";
import { SettingsForm, sitesOf, type Draft } from "./SettingsForm";
import "./webchat.css";

const Preview = lazy(() => import("./Preview").then((one) => ({ default: one.Preview })));
const draftOf = ({ settings }: WebchatAnswer): Draft => ({ settings, sites: settings.allowed_origins.join("\n") });

/** One web chat: how it looks, how it is installed, who its visitors are. */
export function WebchatPage({ id }: { id: string }) {
  const { t } = useWords();
  const { request, channels, may } = useWorkspace();
  const [, go] = useLocation();
  const toast = useToast();
  const [chat, setChat] = useState<WebchatAnswer>();
  const [draft, setDraft] = useState<Draft>();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<unknown>();
  const [error, setError] = useState<unknown>();
  const take = useCallback((answer: WebchatAnswer) => {
    setChat(answer);
    setDraft(draftOf(answer));
  }, []);
  const load = useCallback(() => {
    setFailed(undefined);
    request<WebchatAnswer>("GET", `channels/${id}/webchat`).then(take, setFailed);
  }, [request, id, take]);
  useEffect(load, [load]);
  const dirty = useMemo(() => chat !== undefined && JSON.stringify(draft) !== JSON.stringify(draftOf(chat)), [chat, draft]);
  useEffect(() => {
    if (!dirty) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [dirty]);
  const save = () => {
    if (!draft) return;
    setBusy(true);
    setError(undefined);
    const { avatar_url, ...rest } = draft.settings;
    const body = { ...rest, avatar_url: avatar_url?.trim() ?? "", allowed_origins: sitesOf(draft.sites).map(originOf) };
    request<WebchatAnswer>("PATCH", `channels/${id}/webchat`, { body }).then((answer) => {
      take(answer);
      toast(t("webchat.saved"));
    }, setError).finally(() => setBusy(false));
  };
  const channel = channels.find((one) => one.id === id);
  if (failed !== undefined) return <EmptyState icon={TriangleAlert} text={problemText(failed, t, "webchat.load_failed")} alert><Button onClick={load}>{t("app.retry")}</Button></EmptyState>;
  return (
    <>
      <header className="settings-head">
        <div><Button tone="quiet" onClick={() => go("/settings/channels")}><ArrowLeft {...ICON} />{t("webchat.back")}</Button><h2>{channel?.name ?? t("webchat.source_webchat")}</h2><p>{t("webchat.lead")}</p></div>
      </header>
      {chat && draft ? (
        <>
          <div className="webchat-columns">
            <div>
              {error === undefined ? null : <p className="session-problem" role="alert">{problemText(error, t, "webchat.save_failed")}</p>}
              <SettingsForm draft={draft} onChange={setDraft} onSubmit={save} onUndo={() => setDraft(draftOf(chat))} busy={busy} dirty={dirty} error={error} disabled={!may("channel_write")} />
            </div>
            <Suspense fallback={null}><Preview settings={draft.settings} /></Suspense>
          </div>
          <Install id={id} chat={chat} />
          <Identity id={id} />
          <section className="panel ui-form">
            <h3 className="panel-title">{t("webchat.limits")}</h3>
            <ul className="limits">{(["text", "files", "messages", "address", "mail"] as const).map((one) => <li key={one}>{t(`webchat.limit_${one}`)}</li>)}</ul>
          </section>
        </>
      ) : null}
    </>
  );
}
