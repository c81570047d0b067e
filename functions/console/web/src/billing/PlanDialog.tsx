import { useEffect, useState } from "react";
import { problemText } from "../api/problem";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { SkeletonRows } from "../ui/State";
import { percent, useOrganization, useWritten, type BillingView, type PlanList, type PlanOffer } from "./model";

/** Both price tables, without and with tax; a chosen plan is asked for only after it was said what that means. */
export function PlanDialog({ view, onClose, onDone, onPay }: { view: BillingView; onClose: () => void; onDone: (view: BillingView) => void; onPay: (charge: string) => void }) {
  const { t } = useWords();
  const { request } = useOrganization();
  const [list, setList] = useState<PlanList>();
  const [chosen, setChosen] = useState<PlanOffer>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    request<PlanList>("GET", "billing/plans").then(setList, setError);
  }, [request]);
  const choose = () => {
    if (!chosen) return;
    setBusy(true);
    setError(undefined);
    request<BillingView>("POST", "billing/plan", { plan: chosen.plan.id }).then(
      (fresh) => {
        onDone(fresh);
        if (fresh.next_charge && (chosen.action === "upgrade" || chosen.action === "choose")) onPay(fresh.next_charge);
      },
      (caught: unknown) => {
        setBusy(false);
        setError(caught);
      },
    );
  };
  const identified = view.identity !== undefined && view.identity !== null;
  const foot = chosen ? (
    <>
      <Button onClick={() => setChosen(undefined)}>{t("app.back")}</Button>
      <Button tone="primary" busy={busy} disabled={!identified} onClick={choose}>{t(chosen.action === "downgrade" ? "billing.downgrade_do" : chosen.due_now ? "billing.go_pay" : "billing.upgrade_do")}</Button>
    </>
  ) : <Button onClick={onClose}>{t("app.close")}</Button>;
  const tables = (["crm", "chatbot"] as const).map((table) => ({ table, items: list?.items.filter((one) => one.plan.table === table) ?? [] })).filter(({ items }) => items.length > 0);
  return (
    <Dialog title={t(chosen ? "billing.confirm_plan" : "billing.plans")} open wide onClose={onClose} foot={foot}>
      {error !== undefined ? <p className="ui-problem" role="alert">{problemText(error, t, list ? "billing.failed" : "billing.unreachable")}</p> : null}
      {chosen ? <Means offer={chosen} list={list} view={view} identified={identified} /> : null}
      {!list && error === undefined ? <SkeletonRows rows={4} label={t("billing.plans")} /> : null}
      {!chosen && list ? tables.map(({ table, items }) => <Table key={table} table={table} items={items} view={view} onChoose={setChosen} />) : null}
      {!chosen && list ? <Beside list={list} zone={view.zone} /> : null}
    </Dialog>
  );
}

function Beside({ list, zone }: { list: PlanList; zone: string }) {
  const { t } = useWords();
  const { money } = useWritten(zone);
  const { setup_fee, support_hour } = list;
  return (
    <p className="billing-muted">
      {setup_fee ? `${t("billing.setup_fee", { net: money(setup_fee.net), total: money(setup_fee.total) })} ` : ""}
      {t("billing.beside", { hour: money(support_hour.net) })}
    </p>
  );
}

function Table({ table, items, view, onChoose }: { table: "crm" | "chatbot"; items: PlanOffer[]; view: BillingView; onChoose: (offer: PlanOffer) => void }) {
  const { t, number } = useWords();
  const { money, civil } = useWritten(view.zone);
  const rate = items[0]?.price;
  return (
    <div className="billing-table">
      <table>
        <caption>{t(`billing.plans_${table}`)}</caption>
        <thead>
          <tr>
            <th scope="col">{t("billing.contacts")}</th>
            {table === "chatbot" ? <th scope="col">{t("billing.bot_messages")}</th> : null}
            <th scope="col">{t("billing.net")}</th>
            <th scope="col">{rate && rate.tax.minor > 0 ? t("billing.with_tax", { tax: rate.tax_name, rate: percent(rate.tax_basis_points) }) : t("billing.total")}</th>
            <th scope="col"><span className="visually-hidden">{t("billing.choose")}</span></th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={one.plan.id} aria-current={one.action === "current" || undefined}>
              <th scope="row">{number(one.plan.contacts)}</th>
              {table === "chatbot" ? <td>{number(one.plan.bot_messages)}</td> : null}
              <td>{money(one.price.net)}{one.next_price ? <small>{t("billing.next_price", { net: money(one.next_price.price.net), on: civil(one.next_price.from) })}</small> : null}</td>
              <td>{money(one.price.total)}</td>
              <td>
                {one.action === "current" ? <span className="billing-muted">{t("billing.current")}</span> : null}
                {one.action !== "current" && one.asked ? <span className="billing-muted">{t("billing.asked")}</span> : null}
                {one.action === "refused" ? <span className="billing-muted">{t(`billing.refused_${one.reason ?? "wrong_state"}`)}</span> : null}
                {one.action !== "current" && one.action !== "refused" && !one.asked && view.may_change ? (
                  <Button onClick={() => onChoose(one)} aria-label={t("billing.choose_named", { contacts: number(one.plan.contacts), table: t(`billing.name_${table}`) })}>{t(`billing.do_${one.action}`)}</Button>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What follows from a choice, before it is made. */
function Means({ offer, list, view, identified }: { offer: PlanOffer; list: PlanList | undefined; view: BillingView; identified: boolean }) {
  const { t, number } = useWords();
  const { money, civil } = useWritten(view.zone);
  const { plan, due_now, price } = offer;
  const fee = offer.action === "choose" ? list?.setup_fee : undefined;
  return (
    <div className="billing-means">
      <h3>{t(`billing.table_${plan.table}`, { contacts: number(plan.contacts) })}</h3>
      <p>{t("billing.per_cycle", { net: money(price.net), total: money(price.total) })}</p>
      {offer.action === "choose" ? <p>{t("billing.means_choose")}</p> : null}
      {fee ? <p>{t("billing.means_fee", { total: money(fee.total) })}</p> : null}
      {offer.action === "upgrade" && due_now ? <p>{t("billing.means_upgrade", { net: money(due_now.net), total: money(due_now.total) })}</p> : null}
      {offer.action === "upgrade" && !due_now ? <p>{t("billing.means_upgrade_free")}</p> : null}
      {offer.action === "downgrade" && offer.starts_on ? <p>{t("billing.means_downgrade", { on: civil(offer.starts_on) })}</p> : null}
      {offer.action === "downgrade" ? (
        <p className="billing-note" data-late={!offer.fits || undefined}>
          {t(offer.fits ? "billing.fits" : "billing.fits_not", { used: number(view.usage.used), contacts: number(plan.contacts), over: number(Math.max(0, view.usage.used - plan.contacts)) })}
        </p>
      ) : null}
      {!identified ? <p className="ui-problem" role="alert">{t("error.identity_required")}</p> : null}
    </div>
  );
}
