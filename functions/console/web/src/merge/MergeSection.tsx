import { GitMerge, Split } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import type { ContactHead } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { ICON } from "../ui/icon";
import type { Suggestion } from "./api";
import "./merge.css";

const MergeDialog = lazy(() => import("./MergeDialog"));
const UnmergeDialog = lazy(() => import("./UnmergeDialog"));

/** Who may be the same person, merging with somebody else, and taking the last merge back. */
export function MergeSection({ head }: { head: ContactHead }) {
  const { t } = useWords();
  const { request, may } = useWorkspace();
  const [found, setFound] = useState<Suggestion[]>();
  const [failed, setFailed] = useState(false);
  const [merging, setMerging] = useState<{ other?: ContactHead }>();
  const [separating, setSeparating] = useState(false);
  const allowed = may("contact_merge");
  const read = useCallback(() => {
    setFailed(false);
    request<{ items: Suggestion[] }>("GET", `merges/${head.id}/suggestions`).then((answer) => setFound(answer.items), () => setFailed(true));
  }, [request, head.id]);
  const { phone, email } = head;
  useEffect(() => {
    if (allowed) read();
  }, [allowed, read, phone, email]);
  if (!allowed) return null;
  const last = head.merged?.at(-1);
  return (
    <section className="contact-section merge-section" aria-label={t("merge.suggestions")}>
      <h3>{t("merge.suggestions")}</h3>
      {failed ? <p className="ui-note">{t("merge.failed")} <Button onClick={read}>{t("app.retry")}</Button></p> : null}
      {found?.length === 0 ? <p className="ui-note">{t("merge.none")}</p> : null}
      {found && found.length > 0 ? (
        <ul className="merge-found">
          {found.map(({ contact, value }) => (
            <li key={contact.id}>
              <div><strong>{contact.name}</strong><small>{t("merge.same_value", { value })}</small></div>
              <Button onClick={() => setMerging({ other: contact })} aria-label={t("merge.review_named", { name: contact.name })}>{t("merge.review")}</Button>
            </li>
          ))}
        </ul>
      ) : null}
      <div className="merge-actions">
        <Button onClick={() => setMerging({})}><GitMerge {...ICON} />{t("merge.other")}</Button>
        {last === undefined ? null : <Button onClick={() => setSeparating(true)}><Split {...ICON} />{t("unmerge.open", { id: last })}</Button>}
      </div>
      <Suspense fallback={null}>
        {merging ? <MergeDialog head={head} other={merging.other} onClose={() => setMerging(undefined)} onDone={read} /> : null}
        {separating && last !== undefined ? <UnmergeDialog head={head} secondary={last} onClose={() => setSeparating(false)} /> : null}
      </Suspense>
    </section>
  );
}
