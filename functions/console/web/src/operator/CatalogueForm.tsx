import { Plus } from "lucide-react";
import { useState, type FormEvent } from "react";
import { ApiError } from "../api/client";
import { problemText } from "../api/problem";
import { useWritten } from "../billing/model";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { ICON } from "../ui/icon";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";
import { useToast } from "../ui/Toast";
import { dayIn, minorOf, typedOf, useOperator, type Catalogue, type CatalogueView, type Plan } from "./api";

/** Days from the notice of a price until it applies. */
const NOTICE_DAYS = 30;
const EMPTY = { id: "", table: "crm" as Plan["table"], contacts: "", bot: "", price: "" };

/** Plans and prices. A price that was told stays told: a new one is announced, and applies to cycles 30 days later. */
export function CatalogueForm({ view, onSaved }: { view: CatalogueView; onSaved: (view: CatalogueView) => void }) {
  const { t, number } = useWords();
  const { request } = useOperator();
  const { money, civil } = useWritten(undefined);
  const toast = useToast();
  const [held, setHeld] = useState<Catalogue>(view.catalogue);
  const [prices, setPrices] = useState<Record<string, string>>({});
  const [fee, setFee] = useState(typedOf(view.catalogue.setup_fee ?? 0));
  const [hour, setHour] = useState(typedOf(view.catalogue.support_hour));
  const [added, setAdded] = useState(EMPTY);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const today = dayIn(view.issuer?.zone ?? "America/Guayaquil");
  const applies = (noticed: string) => new Date(Date.parse(`${noticed}T00:00:00Z`) + NOTICE_DAYS * 86_400_000).toISOString().slice(0, 10);
  const amount = (minor: number) => money({ minor, currency: held.currency });
  const change = (id: string, over: Partial<Plan>) => setHeld((catalogue) => ({ ...catalogue, plans: catalogue.plans.map((plan) => (plan.id === id ? { ...plan, ...over } : plan)) }));
  const add = () => {
    const minor = minorOf(added.price);
    const contacts = Number(added.contacts);
    const bot_messages = added.table === "chatbot" ? Number(added.bot) : 0;
    if (minor === undefined || !Number.isSafeInteger(contacts) || contacts < 1 || (added.table === "chatbot" && !(bot_messages > 0)) || !/^[a-z\d-]{1,40}$/.test(added.id) || held.plans.some((plan) => plan.id === added.id)) {
      setWrong(t("operator.plan_wrong"));
      return;
    }
    setWrong(undefined);
    setHeld((catalogue) => ({ ...catalogue, plans: [...catalogue.plans, { id: added.id, table: added.table, contacts, bot_messages, offered: true, prices: [{ noticed_on: today, minor }] }] }));
    setAdded(EMPTY);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const [setup_fee, support_hour] = [minorOf(fee), minorOf(hour)];
    const typed = Object.entries(prices).filter(([, text]) => text.trim() !== "");
    if (setup_fee === undefined || support_hour === undefined || typed.some(([, text]) => minorOf(text) === undefined)) {
      setWrong(t("operator.amount_wrong"));
      return;
    }
    const plans = held.plans.map((plan) => {
      const minor = minorOf(prices[plan.id] ?? "");
      return minor === undefined ? plan : { ...plan, prices: [...plan.prices, { noticed_on: today, minor }] };
    });
    setBusy(true);
    setWrong(undefined);
    request<CatalogueView>("PUT", "catalogue", { ...held, plans, setup_fee, support_hour }).then(
      (fresh) => {
        toast(t("operator.catalogue_saved"));
        onSaved(fresh);
      },
      (error: unknown) => {
        setBusy(false);
        const codes = error instanceof ApiError ? error.errors.map((one) => `${one.pointer}: ${one.code}`).join(", ") : "";
        setWrong(codes ? t("operator.refused", { what: codes }) : problemText(error, t, "operator.save_failed"));
      },
    );
  };
  return (
    <form className="panel billing-part ui-form" onSubmit={submit} aria-label={t("operator.catalogue")}>
      <p className="billing-muted">{t("operator.catalogue_lead")}</p>
      <div className="billing-table">
        <table>
          <caption className="visually-hidden">{t("operator.catalogue")}</caption>
          <thead><tr><th scope="col">{t("billing.plan")}</th><th scope="col">{t("billing.contacts")}</th><th scope="col">{t("billing.bot_messages")}</th><th scope="col">{t("billing.net")}</th><th scope="col">{t("operator.new_price")}</th><th scope="col">{t("operator.offered")}</th></tr></thead>
          <tbody>
            {held.plans.map((plan) => {
              const last = plan.prices.at(-1);
              const later = plan.prices.length > 1 && last && applies(last.noticed_on) > today;
              const now = later ? plan.prices.at(-2) : last;
              return (
                <tr key={plan.id}>
                  <th scope="row">{plan.id}<small>{t(`billing.name_${plan.table}`)}</small></th>
                  <td>{number(plan.contacts)}</td>
                  <td>{plan.bot_messages ? number(plan.bot_messages) : "–"}</td>
                  <td>{now ? amount(now.minor) : "–"}{later ? <small>{t("billing.next_price", { net: amount(last.minor), on: civil(applies(last.noticed_on)) })}</small> : null}</td>
                  <td><input className="ui-input operator-price" aria-label={t("operator.new_price_named", { plan: plan.id })} inputMode="decimal" value={prices[plan.id] ?? ""} onChange={(event) => setPrices((all) => ({ ...all, [plan.id]: event.target.value }))} /></td>
                  <td><input type="checkbox" aria-label={t("operator.offered_named", { plan: plan.id })} checked={plan.offered ?? true} onChange={(event) => change(plan.id, { offered: event.target.checked })} /></td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <fieldset className="operator-add">
        <legend className="ui-legend">{t("operator.add_plan")}</legend>
        <TextField label={t("operator.plan_id")} maxLength={40} value={added.id} onChange={(event) => setAdded({ ...added, id: event.target.value })} />
        <SelectField label={t("operator.table")} value={added.table} onChange={(event) => setAdded({ ...added, table: event.target.value as Plan["table"] })}>
          <option value="crm">{t("billing.name_crm")}</option><option value="chatbot">{t("billing.name_chatbot")}</option>
        </SelectField>
        <TextField label={t("billing.contacts")} inputMode="numeric" value={added.contacts} onChange={(event) => setAdded({ ...added, contacts: event.target.value })} />
        {added.table === "chatbot" ? <TextField label={t("billing.bot_messages")} inputMode="numeric" value={added.bot} onChange={(event) => setAdded({ ...added, bot: event.target.value })} /> : null}
        <TextField label={t("billing.net")} inputMode="decimal" value={added.price} onChange={(event) => setAdded({ ...added, price: event.target.value })} />
        <Button onClick={add}><Plus {...ICON} />{t("operator.add_plan")}</Button>
      </fieldset>
      <div className="pair">
        <TextField label={t("operator.setup_fee")} hint={t("operator.setup_fee_hint")} inputMode="decimal" value={fee} onChange={(event) => setFee(event.target.value)} />
        <TextField label={t("operator.support_hour")} inputMode="decimal" value={hour} onChange={(event) => setHour(event.target.value)} />
      </div>
      {wrong ? <p className="ui-problem" role="alert">{wrong}</p> : null}
      <div className="panel-foot"><Button type="submit" tone="primary" busy={busy}>{t("app.save")}</Button></div>
    </form>
  );
}
