import { CircleDashed, Inbox as InboxIcon, UserRound } from "lucide-react";
import { useLocation } from "wouter";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { useHeads, type ListQuery } from "../state/heads";
import { ICON } from "../ui/icon";

export const INBOXES = [{ key: "all", icon: InboxIcon }, { key: "mine", icon: UserRound }, { key: "unassigned", icon: CircleDashed }] as const;

/** The inboxes that this person may see: somebody who sees only his own has one. */
export function useInboxes(): (typeof INBOXES)[number][] {
  const { visibility } = useWorkspace().me;
  return INBOXES.filter((one) => visibility === "all" || one.key === "mine" || (one.key === "all" && visibility === "team"));
}

export function countText(count: number | undefined): string {
  return count === undefined || count === 0 ? "" : count >= 1000 ? "999+" : String(count);
}

export function Inboxes({ inbox }: { inbox: ListQuery["inbox"] }) {
  const { t } = useWords();
  const [, go] = useLocation();
  const counts = useHeads((state) => state.counts);
  return (
    <nav className="inboxes" aria-label={t("inbox.inboxes")}>
      <h1>{t("nav.inbox")}</h1>
      {useInboxes().map(({ key, icon: Icon }) => (
        <button key={key} type="button" aria-current={key === inbox ? "page" : undefined} onClick={() => go(`/inbox/${key}`)}>
          <Icon {...ICON} /><span className="ellipsis">{t(`inbox.${key}`)}</span><small>{countText(counts?.[key])}</small>
        </button>
      ))}
    </nav>
  );
}
