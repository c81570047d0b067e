import { TriangleAlert } from "lucide-react";
import { Link } from "wouter";
import { seesBilling } from "../billing/model";
import { useWords } from "../i18n";
import { ICON } from "../ui/icon";
import { useSession } from "./session";
import { useWorkspace } from "./workspace";

/** From 90 % of the plan's contacts: how many are used, what happens at the end, and who waits. */
export function QuotaBar({ hidden }: { hidden: boolean }) {
  const { t, number } = useWords();
  const { me } = useSession();
  const { used, limit, waiting = 0 } = useWorkspace().quota;
  if (hidden || limit <= 0 || used < limit * 0.9) return null;
  return (
    <p className="quota" data-full={used >= limit || undefined} role="status">
      <TriangleAlert {...ICON} />
      <span>{t(used >= limit ? "quota.full" : "quota.bar", { used: number(used), limit: number(limit) })}{waiting > 0 ? ` ${t("billing.bar_waiting", { count: waiting })}` : ""}</span>
      {seesBilling(me?.user.organization_role) ? <Link href="/settings/billing">{t("billing.see")}</Link> : null}
    </p>
  );
}
