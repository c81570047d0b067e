import { CreditCard, ReceiptText, TriangleAlert } from "lucide-react";
import { useCallback, useEffect, useState, type ReactNode } from "react";
import { Link } from "wouter";
import { ApiError } from "../api/client";
import { problemText } from "../api/problem";
import { useSession } from "../app/session";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { ICON } from "../ui/icon";
import { EmptyState, SkeletonRows } from "../ui/State";
import { useToast } from "../ui/Toast";
import { CancelDialog } from "./CancelDialog";
import { Deletions } from "./Deletions";
import { IdentityDialog } from "./IdentityDialog";
import { leave } from "./leave";
import { percent, useOrganization, useWritten, type BillingView, type PriceView } from "./model";
import { PlanDialog } from "./PlanDialog";
import { Records } from "./Records";
import "./billing.css";
import "./words";

/** How often, and how many times, the page asks whether a payment has arrived. */
const ASK_MS = 2_000;
const ASK_TIMES = 20;

/** How charges of a first cycle are called. */
const FIRST = "first-";

/** The charge that somebody has just paid at the provider, as the address tells. */
const justPaid = (): string | undefined => new URLSearchParams(location.search).get("paid") ?? undefined;

/** The subscription of the organization: plan, use, payment, documents. */
export default function BillingPage() {
  const { t } = useWords();
  const { request } = useOrganization();
  const toast = useToast();
  const [view, setView] = useState<BillingView>();
  const [failed, setFailed] = useState<unknown>();
  const [open, setOpen] = useState<"plans" | "identity" | "cancel">();
  const [busy, setBusy] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const [awaited, setAwaited] = useState(justPaid);
  const [welcome, setWelcome] = useState(false);
  const read = useCallback(() => {
    setFailed(undefined);
    request<BillingView>("GET", "billing").then(setView, setFailed);
  }, [request]);
  useEffect(read, [read]);
  const waits = (held: BillingView, charge: string) => held.links.some((one) => one.charge === charge) || held.due?.charge === charge;
  useEffect(() => {
    if (awaited === undefined) return;
    let asked = 0;
    const timer = setInterval(() => {
      asked += 1;
      request<BillingView>("GET", "billing").then((fresh) => {
        setView(fresh);
        if (waits(fresh, awaited)) return;
        if (awaited.startsWith(FIRST) && fresh.status === "active") setWelcome(true);
        // Said once: the page that is opened again tells of no payment.
        history.replaceState(history.state, "", location.pathname);
        setAwaited(undefined);
        toast(t("billing.received"));
      }, () => undefined);
      if (asked >= ASK_TIMES) setAwaited(undefined);
    }, ASK_MS);
    return () => clearInterval(timer);
  }, [awaited, request, t, toast]);
  const act = (name: string, work: Promise<BillingView>, done: string) => {
    setBusy(name);
    setProblem(undefined);
    work.then(
      (fresh) => {
        setView(fresh);
        toast(t(done));
      },
      (error: unknown) => setProblem(problemText(error, t, "billing.failed")),
    ).finally(() => setBusy(undefined));
  };
  const pay = (charge: string) => {
    setBusy(charge);
    setProblem(undefined);
    request<{ url: string }>("POST", "billing/payments", { charge }).then(
      ({ url }) => leave(url),
      (error: unknown) => {
        setBusy(undefined);
        setProblem(problemText(error, t, "billing.failed"));
      },
    );
  };
  const head = <header className="settings-head"><div><h2>{t("billing.title")}</h2><p>{t("billing.lead")}</p></div></header>;
  if (failed !== undefined) {
    const forbidden = failed instanceof ApiError && (failed.status === 403 || failed.status === 404);
    return <>{head}<EmptyState icon={TriangleAlert} text={t(forbidden ? "error.forbidden" : "billing.unreachable")} alert>{forbidden ? null : <Button onClick={read}>{t("app.retry")}</Button>}</EmptyState></>;
  }
  if (!view) return <>{head}<SkeletonRows rows={6} label={t("billing.title")} /></>;
  const close = () => setOpen(undefined);
  const changed = (fresh: BillingView, done?: string) => {
    setView(fresh);
    setOpen(undefined);
    if (done) toast(t(done));
  };
  const parts: PartProps = { view, busy, pay, act: (name, method, path, done) => act(name, request<BillingView>(method, path), done), open: setOpen };
  return (
    <>
      {head}
      {awaited !== undefined && waits(view, awaited) ? <p className="billing-note" role="status">{t("billing.confirming")}</p> : null}
      {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
      {welcome ? <Welcome /> : null}
      {view.next_step === "nothing_for_sale" && !view.plan ? <EmptyState icon={CreditCard} text={t("billing.nothing_for_sale")} /> : (
        <>
          <NextStep {...parts} />
          <PlanPanel {...parts} />
        </>
      )}
      <Usage {...parts} />
      <IdentityPanel {...parts} />
      <Deletions zone={view.zone} />
      <Records zone={view.zone} stamp={view} />
      {open === "plans" ? <PlanDialog view={view} onClose={close} onDone={(fresh) => changed(fresh, "billing.plan_asked")} onPay={pay} /> : null}
      {open === "identity" ? <IdentityDialog known={view.identity ?? undefined} country={view.country} onClose={close} onDone={(fresh) => changed(fresh, "billing.identity_saved")} /> : null}
      {open === "cancel" ? <CancelDialog view={view} onClose={close} onDone={(fresh) => changed(fresh)} /> : null}
    </>
  );
}

interface PartProps {
  view: BillingView;
  busy: string | undefined;
  pay: (charge: string) => void;
  act: (name: string, method: "POST" | "DELETE", path: string, done: string) => void;
  open: (what: "plans" | "identity" | "cancel") => void;
}

/** A price in one line: total, and what of it is tax. */
export function Price({ price, zone }: { price: PriceView; zone: string }) {
  const { t } = useWords();
  const { money } = useWritten(zone);
  if (price.tax.minor === 0) return <>{money(price.total)}</>;
  return <><b>{money(price.total)}</b> <small>{t("billing.price_parts", { net: money(price.net), tax: price.tax_name, rate: percent(price.tax_basis_points) })}</small></>;
}

/** After the first payment: what works today comes first, WhatsApp second, because its verification takes days. */
function Welcome() {
  const { t } = useWords();
  const { me } = useSession();
  return (
    <section className="panel billing-next" aria-label={t("billing.welcome")}>
      <div>
        <h3>{t("billing.welcome")}</h3>
        <ol className="billing-steps"><li>{t("billing.welcome_first")}</li><li>{t("billing.welcome_whatsapp")}</li></ol>
      </div>
      {(me?.workspaces.length ?? 0) > 0 ? <Link className="billing-go" href="/settings/channels">{t("channels.connect")}</Link> : null}
    </section>
  );
}

/** The one thing that comes next, first on the page. */
function NextStep({ view, busy, pay, open }: PartProps) {
  const { t } = useWords();
  const { money, civil, moment } = useWritten(view.zone);
  const step = view.next_step;
  if (step === "none" || step === "nothing_for_sale" || !view.may_change) return null;
  const charge = view.next_charge ?? undefined;
  const link = view.links.find((one) => one.charge === charge);
  const total = step === "pay_due" ? view.due?.price.total : link?.price.total;
  const late = step === "pay_due";
  let text = t(`billing.next_${step}`, { total: total ? money(total) : "" });
  if (late && view.status === "frozen") text = t("billing.next_frozen", { total: total ? money(total) : "" });
  return (
    <section className="panel billing-next" data-late={late || undefined} aria-label={t("billing.next")}>
      <div>
        <h3>{t("billing.next")}</h3>
        <p>{text}</p>
        {late && view.due?.next_at ? <p><small>{t("billing.next_try", { at: moment(view.due.next_at) })}</small></p> : null}
        {late && view.due?.freezes_on ? <p><small>{t("billing.freezes", { on: civil(view.due.freezes_on) })}</small></p> : null}
      </div>
      {step === "set_identity" ? <Button tone="primary" onClick={() => open("identity")}>{t("billing.identity_set")}</Button> : null}
      {step === "choose_plan" ? <Button tone="primary" onClick={() => open("plans")}>{t("billing.choose")}</Button> : null}
      {charge ? <Button tone="primary" busy={busy === charge} onClick={() => pay(charge)}>{t("billing.pay")}</Button> : null}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return <div><dt>{name}</dt><dd>{children}</dd></div>;
}

function PlanPanel({ view, busy, act, open }: PartProps) {
  const { t, number } = useWords();
  const { civil, moment } = useWritten(view.zone);
  const { plan, cancellation, downgrade, card } = view;
  const upgrade = view.links.some((one) => one.kind === "upgrade");
  return (
    <section className="panel billing-part" aria-label={t("billing.plan")}>
      <header>
        <h3>{plan ? t(`billing.table_${plan.table}`, { contacts: number(plan.contacts) }) : t("billing.no_plan")}</h3>
        <span className="billing-state" data-state={view.status}>{t(`billing.status_${view.status}`)}</span>
      </header>
      <dl className="billing-facts">
        {view.price ? <Fact name={t("billing.price")}><Price price={view.price} zone={view.zone} /></Fact> : null}
        {view.period ? <Fact name={t("billing.cycle")}>{t("billing.from_until", { from: civil(view.period.from), until: civil(view.period.until) })}</Fact> : null}
        {view.next_debit ? <Fact name={t("billing.next_debit")}>{civil(view.next_debit.on)} · <Price price={view.next_debit.price} zone={view.zone} /></Fact> : null}
        {plan && plan.bot_messages > 0 ? <Fact name={t("billing.bot_messages")}>{number(view.usage.bot_messages)}</Fact> : null}
        {card ? <Fact name={t("billing.card")}>{t("billing.card_text", { brand: card.brand.toUpperCase(), last4: card.last4, month: String(card.expires[0]).padStart(2, "0"), year: String(card.expires[1]) })}</Fact> : null}
        {cancellation ? <Fact name={t("billing.cancellation")}>{t("billing.last_day", { day: civil(cancellation.last_day) })}{cancellation.one_more_debit ? ` ${t("billing.one_more_debit")}` : ""}</Fact> : null}
        {view.data_until ? <Fact name={t("billing.data_until")}>{civil(view.data_until)}</Fact> : null}
        {!cancellation && view.cancel_terms?.until ? <Fact name={t("billing.cancel_until")}>{moment(view.cancel_terms.until - 60_000)}</Fact> : null}
      </dl>
      {downgrade ? (
        <p className="billing-note" data-late={!downgrade.fits || undefined}>
          {t(downgrade.fits ? "billing.downgrade_waits" : "billing.downgrade_too_small", { contacts: number(downgrade.plan.contacts), on: civil(downgrade.on), used: number(view.usage.used) })}
        </p>
      ) : null}
      {view.may_change ? (
        <div className="panel-foot">
          {["active", "setup_pending", "pending_first_payment", "deactivated"].includes(view.status) && view.next_step !== "nothing_for_sale" ? <Button onClick={() => open("plans")}>{t(plan ? "billing.change_plan" : "billing.choose")}</Button> : null}
          {downgrade || upgrade ? <Button busy={busy === "keep"} onClick={() => act("keep", "DELETE", "billing/plan", "billing.plan_kept")}>{t("billing.keep_plan")}</Button> : null}
          {cancellation && view.status !== "deactivated" ? <Button busy={busy === "stay"} onClick={() => act("stay", "DELETE", "billing/cancellation", "billing.stayed")}>{t("billing.stay")}</Button> : null}
          {view.cancel_terms && !cancellation ? <Button tone="quiet" onClick={() => open("cancel")}>{t("billing.cancel")}</Button> : null}
        </div>
      ) : null}
    </section>
  );
}

function Usage({ view }: PartProps) {
  const { t, number, day } = useWords();
  const { moment } = useWritten(view.zone);
  const { used, limit, freed, freed_at, level } = view.usage;
  const part = limit > 0 ? Math.min(100, (used / limit) * 100) : 100;
  return (
    <section className="panel billing-part" aria-label={t("billing.usage")}>
      <header><h3>{t("billing.usage")}</h3><span className="figures">{t("billing.used", { used: number(used), limit: number(limit) })}</span></header>
      <div className="billing-bar" role="meter" aria-label={t("billing.usage")} aria-valuemin={0} aria-valuemax={limit} aria-valuenow={used} data-level={level ?? undefined}>
        <i ref={(bar) => { if (bar) bar.style.width = `${part}%`; }} />
        {[80, 90].map((step) => <span key={step} data-step={step} aria-hidden="true" />)}
      </div>
      {level ? <p className="billing-level" data-level={level}>{t(`billing.level_${level}`)}</p> : null}
      {view.waiting.people > 0 ? <p className="billing-level" data-level="full"><TriangleAlert {...ICON} />{t("billing.waiting", { count: view.waiting.people, since: view.waiting.since ? moment(view.waiting.since) : "" })}</p> : null}
      {freed > 0 && freed_at ? <p className="billing-muted">{t("billing.freed", { count: freed, on: day(freed_at) })}</p> : null}
      <p className="billing-muted">{t("billing.how_counted")}</p>
    </section>
  );
}

function IdentityPanel({ view, open }: PartProps) {
  const { t } = useWords();
  const known = view.identity;
  return (
    <section className="panel billing-part" aria-label={t("billing.identity")}>
      <header>
        <h3>{t("billing.identity")}</h3>
        {view.may_change ? <Button onClick={() => open("identity")}>{t(known ? "app.change" : "billing.identity_set")}</Button> : null}
      </header>
      {known ? (
        <dl className="billing-facts">
          <Fact name={t(`billing.kind_${known.kind}`)}>{known.number}</Fact>
          <Fact name={t("billing.legal_name")}>{known.legal_name}</Fact>
          <Fact name={t("billing.address")}>{known.address}</Fact>
          <Fact name={t("billing.email")}>{known.email}</Fact>
        </dl>
      ) : <p className="billing-muted"><ReceiptText {...ICON} /> {t("billing.identity_none")}</p>}
    </section>
  );
}
