import { Building2, Download, TriangleAlert } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { problemText } from "../api/problem";
import { useWritten } from "../billing/model";
import "../billing/billing.css";
import "../billing/words";
import { useWords } from "../i18n";
import { saveText } from "../people/download";
import { Choices } from "../settings/Choices";
import { Button } from "../ui/Button";
import { ICON } from "../ui/icon";
import { EmptyState, SkeletonRows } from "../ui/State";
import { TextField } from "../ui/TextField";
import { useOperator, type CatalogueView, type CustomerList, type RevenueList } from "./api";
import { CatalogueForm } from "./CatalogueForm";
import { CustomerDialog } from "./CustomerDialog";
import { IssuerForm } from "./IssuerForm";
import "./words";

type Part = "customers" | "revenue" | "catalogue" | "issuer" | "close";

/** What is sold, who pays for it, and the close of a month. */
export default function OperatorPage() {
  const { t } = useWords();
  const [part, setPart] = useState<Part>("customers");
  const options = (["customers", "revenue", "catalogue", "issuer", "close"] as const).map((value) => ({ value, label: t(`operator.${value}`) }));
  return (
    <>
      <header className="settings-head"><div><h2>{t("operator.title")}</h2><p>{t("operator.lead")}</p></div></header>
      <Choices legend={t("operator.part")} value={part} options={options} onChange={setPart} />
      {part === "customers" ? <Customers /> : null}
      {part === "revenue" ? <Revenue /> : null}
      {part === "catalogue" || part === "issuer" ? <Sold part={part} /> : null}
      {part === "close" ? <Close /> : null}
    </>
  );
}

function Customers() {
  const { t, number } = useWords();
  const { request } = useOperator();
  const { money, civil } = useWritten(undefined);
  const [list, setList] = useState<CustomerList>();
  const [failed, setFailed] = useState(false);
  const [open, setOpen] = useState<string>();
  const read = useCallback(() => {
    setFailed(false);
    request<CustomerList>("GET", "customers").then(setList, () => setFailed(true));
  }, [request]);
  useEffect(read, [read]);
  if (failed) return <EmptyState icon={TriangleAlert} text={t("operator.unreachable")} alert><Button onClick={read}>{t("app.retry")}</Button></EmptyState>;
  if (!list) return <SkeletonRows rows={4} label={t("operator.customers")} />;
  if (list.items.length === 0) return <EmptyState icon={Building2} text={t("operator.no_customers")} />;
  const states = Object.entries(list.by_status).map(([state, count]) => `${t(`billing.status_${state}`)}: ${number(count)}`).join(" · ");
  return (
    <section className="panel billing-part" aria-label={t("operator.customers")}>
      <p><b>{t("operator.recurring", { total: money(list.recurring) })}</b> <span className="billing-muted">{states}</span></p>
      <div className="billing-table">
        <table>
          <caption className="visually-hidden">{t("operator.customers")}</caption>
          <thead><tr><th scope="col">{t("operator.customer")}</th><th scope="col">{t("operator.state")}</th><th scope="col">{t("billing.plan")}</th><th scope="col">{t("billing.next_debit")}</th><th scope="col"><span className="visually-hidden">{t("operator.open")}</span></th></tr></thead>
          <tbody>
            {list.items.map((one) => (
              <tr key={one.organization}>
                <th scope="row">{one.name || one.organization}{one.waiting_work > 0 ? <small>{t("operator.waiting_work", { count: one.waiting_work })}</small> : null}</th>
                <td><span className="billing-state" data-state={one.status}>{t(`billing.status_${one.status}`)}</span>{one.owes && one.failing_since ? <small>{t("operator.owes", { total: money(one.owes), since: civil(one.failing_since) })}</small> : null}</td>
                <td>{one.plan ?? "–"}{one.price ? <small>{money(one.price)}</small> : null}</td>
                <td>{one.next_debit ? civil(one.next_debit) : "–"}{one.due_today ? <small>{t("operator.due_today")}</small> : null}</td>
                <td><Button onClick={() => setOpen(one.organization)} aria-label={t("operator.open_named", { name: one.name || one.organization })}>{t("operator.open")}</Button></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {open ? <CustomerDialog id={open} onClose={() => { setOpen(undefined); read(); }} /> : null}
    </section>
  );
}

/** Twelve months as bars and as a table: what came in, who came, who left. */
function Revenue() {
  const { t, number, locale } = useWords();
  const { request } = useOperator();
  const { money } = useWritten(undefined);
  const [list, setList] = useState<RevenueList>();
  const [failed, setFailed] = useState(false);
  const read = useCallback(() => {
    setFailed(false);
    request<RevenueList>("GET", "revenue").then(setList, () => setFailed(true));
  }, [request]);
  useEffect(read, [read]);
  if (failed) return <EmptyState icon={TriangleAlert} text={t("operator.unreachable")} alert><Button onClick={read}>{t("app.retry")}</Button></EmptyState>;
  if (!list) return <SkeletonRows rows={4} label={t("operator.revenue")} />;
  const most = Math.max(1, ...list.items.map((one) => one.revenue.minor));
  const month = new Intl.DateTimeFormat(locale, { month: "short", year: "numeric", timeZone: "UTC" });
  const named = (text: string) => month.format(Date.parse(`${text}-01T00:00:00Z`));
  return (
    <section className="panel billing-part" aria-label={t("operator.revenue")}>
      <p className="billing-muted">{t("operator.revenue_lead")}</p>
      <div className="operator-bars" aria-hidden="true">
        {list.items.map((one) => <i key={one.month} title={`${named(one.month)}: ${money(one.revenue)}`} ref={(bar) => { if (bar) bar.style.height = `${Math.max(0, (one.revenue.minor / most) * 100)}%`; }} />)}
      </div>
      <div className="billing-table">
        <table>
          <caption className="visually-hidden">{t("operator.revenue")}</caption>
          <thead><tr><th scope="col">{t("operator.month")}</th><th scope="col">{t("operator.revenue")}</th><th scope="col">{t("operator.joined")}</th><th scope="col">{t("operator.left")}</th><th scope="col">{t("operator.customers")}</th></tr></thead>
          <tbody>
            {[...list.items].reverse().map((one) => (
              <tr key={one.month}><th scope="row">{named(one.month)}</th><td>{money(one.revenue)}</td><td>{number(one.joined)}</td><td>{number(one.left)}</td><td>{number(one.customers)}</td></tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Sold({ part }: { part: "catalogue" | "issuer" }) {
  const { t } = useWords();
  const { request } = useOperator();
  const [view, setView] = useState<CatalogueView>();
  const [failed, setFailed] = useState(false);
  const read = useCallback(() => {
    setFailed(false);
    request<CatalogueView>("GET", "catalogue").then(setView, () => setFailed(true));
  }, [request]);
  useEffect(read, [read]);
  if (failed) return <EmptyState icon={TriangleAlert} text={t("operator.unreachable")} alert><Button onClick={read}>{t("app.retry")}</Button></EmptyState>;
  if (!view) return <SkeletonRows rows={4} label={t(`operator.${part}`)} />;
  return part === "catalogue" ? <CatalogueForm key={view.catalogue.version} view={view} onSaved={setView} /> : <IssuerForm known={view.issuer ?? undefined} onSaved={setView} />;
}

function Close() {
  const { t } = useWords();
  const { text } = useOperator();
  const [month, setMonth] = useState(() => new Date().toISOString().slice(0, 7));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const download = () => {
    setBusy(true);
    setProblem(undefined);
    text(`months/${encodeURIComponent(month)}`).then(
      (csv) => saveText(csv, `colibri-${month}.csv`, "text/csv;charset=utf-8"),
      (error: unknown) => setProblem(problemText(error, t, "operator.close_failed")),
    ).finally(() => setBusy(false));
  };
  return (
    <section className="panel billing-part" aria-label={t("operator.close")}>
      <p className="billing-muted">{t("operator.close_lead")}</p>
      <TextField type="month" label={t("operator.month")} value={month} onChange={(event) => setMonth(event.target.value)} />
      {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
      <div className="panel-foot"><Button tone="primary" busy={busy} disabled={!/^\d{4}-\d{2}$/.test(month)} onClick={download}><Download {...ICON} />{t("operator.close_download")}</Button></div>
    </section>
  );
}
