import { MessageSquareText, Plus, Search } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useWorkspace } from "../../app/workspace";
import { fold } from "../../composer/mention";
import { useWords } from "../../i18n";
import { conversationApi } from "../../thread/api";
import { Button } from "../../ui/Button";
import { ICON } from "../../ui/icon";
import { EmptyState, SkeletonRows } from "../../ui/State";
import { SnippetDialog, type Snippet } from "./SnippetDialog";
import "./snippets.css";

/** The workspace's prewritten answers; who may only use them reads them here. */
export default function SnippetsPage() {
  const { t } = useWords();
  const { request, may } = useWorkspace();
  const [snippets, setSnippets] = useState<Snippet[]>();
  const [failed, setFailed] = useState(false);
  const [wanted, setWanted] = useState("");
  const [open, setOpen] = useState<Snippet | "new">();
  const writes = may("snippet_write");

  const load = useCallback(() => {
    setFailed(false);
    const api = conversationApi((method, path, options) => request(method, path, options));
    api.snippets().then((all) => setSnippets(all as Snippet[]), () => setFailed(true));
  }, [request]);
  useEffect(load, [load]);

  const shown = useMemo(() => {
    const words = fold(wanted.trim());
    return (snippets ?? []).filter((one) => fold(`${one.id} ${one.name} ${one.text}`).includes(words));
  }, [snippets, wanted]);
  const create = writes ? <Button tone="primary" onClick={() => setOpen("new")}><Plus {...ICON} />{t("snippets.new")}</Button> : null;

  return (
    <>
      <header className="settings-head">
        <div><h2>{t("snippets.title")}</h2><p>{t("snippets.lead")}</p></div>
        {snippets && snippets.length > 0 ? create : null}
      </header>
      {failed ? (
        <EmptyState icon={MessageSquareText} text={t("snippets.unreachable")} alert><Button onClick={load}>{t("app.retry")}</Button></EmptyState>
      ) : snippets === undefined ? <SkeletonRows rows={5} label={t("app.loading")} /> : snippets.length === 0 ? (
        <EmptyState icon={MessageSquareText} text={t(writes ? "snippets.empty" : "snippets.empty_reader")}>{create}</EmptyState>
      ) : (
        <>
          <div className="snippets-search ui-field">
            <Search {...ICON} />
            <input className="ui-input" type="search" placeholder={t("snippets.search")} aria-label={t("snippets.search")} value={wanted} onChange={(event) => setWanted(event.target.value)} />
          </div>
          <ul className="snippets panel" aria-label={t("snippets.title")}>
            {shown.map((one) => (
              <li key={one.id}>
                <button type="button" onClick={() => setOpen(one)}>
                  <code>/{one.id}</code><b>{one.name}</b>
                  <span>{one.text || t("snippets.files_only", { count: one.files?.length ?? 0 })}</span>
                  {one.text && one.files?.length ? <small>{t("snippets.files_only", { count: one.files.length })}</small> : null}
                </button>
              </li>
            ))}
            {shown.length === 0 ? <li className="snippets-none">{t("snippets.none_found")}</li> : null}
          </ul>
        </>
      )}
      {open ? <SnippetDialog snippet={open === "new" ? undefined : open} writes={writes} onClose={(changed) => { setOpen(undefined); if (changed) load(); }} /> : null}
    </>
  );
}
