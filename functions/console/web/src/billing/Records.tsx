import { Download } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { problemText } from "../api/problem";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { ICON } from "../ui/icon";
import { SkeletonRows } from "../ui/State";
import { leave } from "./leave";
import { useOrganization, useWritten, type BillingRecords, type DocumentView, type HistoryView } from "./model";

/** Entries of the history that are shown before more is asked for. */
const FIRST = 8;

/** Invoices, credit notes, and what was done. Read again when `stamp` changes. */
export function Records({ zone, stamp }: { zone: string; stamp: unknown }) {
  const { t } = useWords();
  const { request } = useOrganization();
  const [records, setRecords] = useState<BillingRecords>();
  const [failed, setFailed] = useState(false);
  const read = useCallback(() => {
    setFailed(false);
    request<BillingRecords>("GET", "billing/records").then(setRecords, () => setFailed(true));
  }, [request]);
  useEffect(read, [read, stamp]);
  if (failed) return <p className="ui-problem" role="alert">{t("billing.records_unreachable")} <Button tone="quiet" onClick={read}>{t("app.retry")}</Button></p>;
  if (!records) return <SkeletonRows rows={3} label={t("billing.documents")} />;
  return (
    <>
      <Documents items={records.documents} zone={zone} />
      <History items={records.history} charges={records.charges} zone={zone} />
    </>
  );
}

function Documents({ items, zone }: { items: DocumentView[]; zone: string }) {
  const { t } = useWords();
  const { request } = useOrganization();
  const { money, civil } = useWritten(zone);
  const [busy, setBusy] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const download = (id: string, form: "pdf" | "xml") => {
    setBusy(`${id}.${form}`);
    setProblem(undefined);
    request<{ url: string }>("GET", `billing/documents/${encodeURIComponent(id)}?json=1&form=${form}`).then(({ url }) => leave(url), (error: unknown) => setProblem(problemText(error, t, "billing.download_failed"))).finally(() => setBusy(undefined));
  };
  return (
    <section className="panel billing-part" aria-label={t("billing.documents")}>
      <header><h3>{t("billing.documents")}</h3></header>
      {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
      {items.length === 0 ? <p className="billing-muted">{t("billing.documents_none")}</p> : (
        <div className="billing-table">
          <table>
            <caption className="visually-hidden">{t("billing.documents")}</caption>
            <thead><tr><th scope="col">{t("billing.document")}</th><th scope="col">{t("billing.date")}</th><th scope="col">{t("billing.what")}</th><th scope="col">{t("billing.total")}</th><th scope="col"><span className="visually-hidden">{t("billing.download")}</span></th></tr></thead>
            <tbody>
              {items.map((one) => (
                <tr key={one.id}>
                  <th scope="row">{t(one.credit_of ? "billing.credit_note" : "billing.invoice", { number: one.number })}{one.credit_of ? <small>{t("billing.credit_of", { number: one.credit_of })}</small> : null}</th>
                  <td>{civil(one.issued_on)}</td>
                  <td data-text>{one.text}</td>
                  <td>{one.credit_of ? `−${money(one.total)}` : money(one.total)}</td>
                  <td>
                    {one.ready ? (
                      <span className="billing-files">
                        <Button busy={busy === `${one.id}.pdf`} onClick={() => download(one.id, "pdf")} aria-label={t("billing.download_named", { form: "PDF", number: one.number })}><Download {...ICON} />PDF</Button>
                        {one.xml ? <Button busy={busy === `${one.id}.xml`} onClick={() => download(one.id, "xml")} aria-label={t("billing.download_named", { form: "XML", number: one.number })}><Download {...ICON} />XML</Button> : null}
                      </span>
                    ) : <span className="billing-muted">{t(one.authorization.state === "returned" ? "billing.document_returned" : "billing.document_pending")}</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function History({ items, charges, zone }: { items: HistoryView[]; charges: BillingRecords["charges"]; zone: string }) {
  const { t } = useWords();
  const { money, moment } = useWritten(zone);
  const [all, setAll] = useState(false);
  const total = (id: string) => {
    const known = charges.find((one) => one.id === id)?.total;
    return known ? money(known) : id;
  };
  const words = (one: HistoryView): string => {
    switch (one.event) {
      case "plan_chosen": case "plan_changed": return t(`billing.did_${one.event}`, { plan: one.plan });
      case "paid": return t(one.provider === "transfer" ? "billing.did_paid_transfer" : "billing.did_paid", { total: total(one.charge), last4: one.last4 ?? "none" });
      case "payment_failed": return t("billing.did_payment_failed", { total: total(one.charge), reason: t(`billing.decline_${["insufficient_funds", "expired_card", "lost_card", "no_card"].includes(one.reason) ? one.reason : "other"}`) });
      case "card_kept": return t("billing.did_card_kept", { last4: one.last4 });
      case "canceled": return t(one.via === "email" ? "billing.did_canceled_email" : "billing.did_canceled");
      case "asked": return t("billing.did_asked", { net: money(one.net) });
      case "withdrawn": return t("billing.did_withdrawn", { total: total(one.charge) });
      case "paid_back": return t("billing.did_paid_back", { total: money({ minor: one.minor, currency: charges.find((known) => known.id === one.charge)?.total.currency ?? "USD" }) });
      default: return t(`billing.did_${one.event}`);
    }
  };
  const shown = all ? items : items.slice(0, FIRST);
  return (
    <section className="panel billing-part" aria-label={t("billing.history")}>
      <header><h3>{t("billing.history")}</h3></header>
      {items.length === 0 ? <p className="billing-muted">{t("billing.history_none")}</p> : (
        <ol className="billing-history">
          {shown.map((one, place) => (
            <li key={`${one.at}-${place}`}><time dateTime={new Date(one.at).toISOString()}>{moment(one.at)}</time><span>{words(one)}{one.by ? <small>{one.by}</small> : null}</span></li>
          ))}
        </ol>
      )}
      {items.length > shown.length ? <div className="panel-foot"><Button onClick={() => setAll(true)}>{t("billing.more")}</Button></div> : null}
    </section>
  );
}
