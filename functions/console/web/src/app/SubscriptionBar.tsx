import { CreditCard } from "lucide-react";
import { useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { seesBilling, useOrganization, useWritten, type BillingView } from "../billing/model";
import "../billing/words";
import { useWords } from "../i18n";
import { ICON } from "../ui/icon";
import { useSession } from "./session";
import { useWorkspace } from "./workspace";

/** Steps that keep an organization from working, or soon will. */
const NAMED = ["set_identity", "choose_plan", "pay_setup", "pay_first", "pay_due", "pay_upgrade"];

/** To who pays: the one next step of the subscription. To everybody, while the service is not there: what that means. */
export default function SubscriptionBar({ hidden }: { hidden: boolean }) {
  const { me } = useSession();
  const { standing } = useWorkspace();
  if (hidden) return null;
  if (seesBilling(me?.user.organization_role)) return <Payer />;
  const access = standing?.access;
  return access && access !== "full" ? <Stopped access={access === "setup" ? "waits" : access} names={standing?.ask ?? []} /> : null;
}

function Stopped({ access, names }: { access: "waits" | "frozen" | "ended"; names: string[] }) {
  const { t, locale } = useWords();
  const listed = names.length > 0 ? new Intl.ListFormat(locale, { type: "disjunction" }).format(names) : "none";
  return <p className="quota" data-full={access !== "waits" || undefined} role="status"><CreditCard {...ICON} /><span>{t(`billing.bar_${access}`, { names: listed })}</span></p>;
}

function Payer() {
  const { t } = useWords();
  const { request } = useOrganization();
  const [path] = useLocation();
  const [view, setView] = useState<BillingView>();
  const { money } = useWritten(view?.zone);
  const there = path.startsWith("/settings/billing");
  useEffect(() => {
    // The page says it all itself; on the way back from it this is read anew.
    if (!there) request<BillingView>("GET", "billing").then(setView, () => undefined);
  }, [request, there]);
  if (there || !view || !NAMED.includes(view.next_step)) return null;
  const late = view.next_step === "pay_due";
  const link = view.links.find((one) => one.charge === view.next_charge);
  const total = late ? view.due?.price.total : link?.price.total;
  const step = t(late && view.status === "frozen" ? "billing.next_frozen" : `billing.next_${view.next_step}`, { total: total ? money(total) : "" });
  return (
    <p className="quota" data-full={late || undefined} role="status">
      <CreditCard {...ICON} /><span>{late ? step : t("billing.bar_setup", { step })}</span>
      <Link href="/settings/billing">{t("billing.see")}</Link>
    </p>
  );
}
