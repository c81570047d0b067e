import { useEffect, useState, type FormEvent, type ReactNode } from "react";
import { problemText } from "../api/problem";
import { useWritten } from "../billing/model";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { SelectField } from "../ui/SelectField";
import { SkeletonRows } from "../ui/State";
import { TextField } from "../ui/TextField";
import { useToast } from "../ui/Toast";
import { dayIn, minorOf, typedOf, useOperator, type CustomerDetail } from "./api";

const ZONE = "America/Guayaquil";

/** A customer: what waits to be paid, what was paid, and what goes another way than the card. */
export function CustomerDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useWords();
  const { request } = useOperator();
  const { money, civil } = useWritten(undefined);
  const toast = useToast();
  const [detail, setDetail] = useState<CustomerDetail>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const path = `customers/${encodeURIComponent(id)}`;
  useEffect(() => {
    request<CustomerDetail>("GET", path).then(setDetail, setError);
  }, [request, path]);
  const send = (what: string, body: unknown, done: string) => {
    setBusy(true);
    setError(undefined);
    request<CustomerDetail>("POST", `${path}/${what}`, body).then((fresh) => {
      setDetail(fresh);
      toast(t(done));
    }, setError).finally(() => setBusy(false));
  };
  const paid = detail?.records.charges.filter((one) => one.status === "paid" && one.refunded < one.total.minor) ?? [];
  return (
    <Dialog title={detail?.row.name || t("operator.customer")} open wide onClose={onClose} foot={<Button onClick={onClose}>{t("app.close")}</Button>}>
      {!detail && error === undefined ? <SkeletonRows rows={4} label={t("operator.customer")} /> : null}
      {detail ? (
        <div className="operator-customer">
          <p><span className="billing-state" data-state={detail.row.status}>{t(`billing.status_${detail.row.status}`)}</span> {detail.balance === 0 ? t("operator.balanced") : t("operator.balance", { total: money({ minor: detail.balance, currency: detail.row.price?.currency ?? "USD" }) })}</p>
          <ul className="billing-history">
            {detail.records.documents.map((one) => <li key={one.id}><time dateTime={one.issued_on}>{civil(one.issued_on)}</time><span>{t(one.credit_of ? "billing.credit_note" : "billing.invoice", { number: one.number })} · {money(one.total)}</span></li>)}
          </ul>
          {error !== undefined ? <p className="ui-problem" role="alert">{problemText(error, t, "operator.save_failed")}</p> : null}
          {detail.open.length > 0 ? <Transfer key={`t${detail.open.length}`} detail={detail} busy={busy} onSend={(body) => send("transfers", body, "operator.transfer_saved")} /> : null}
          {paid.length > 0 ? <Refund key={`r${paid.map((one) => one.refunded).join()}`} charges={paid} busy={busy} onSend={(body) => send("refunds", body, "operator.refund_saved")} /> : null}
          <Support busy={busy} onSend={(body) => send("charges", body, "operator.support_saved")} />
          {["active", "past_due", "frozen"].includes(detail.row.status) ? <ByMail busy={busy} onSend={(body) => send("cancellation", body, "operator.cancel_saved")} /> : null}
        </div>
      ) : error !== undefined ? <p className="ui-problem" role="alert">{problemText(error, t, "operator.unreachable")}</p> : null}
    </Dialog>
  );
}

interface FormProps { busy: boolean; onSend: (body: unknown) => void }

function Box({ title, submit, busy, onSubmit, children }: { title: string; submit: string; busy: boolean; onSubmit: () => void; children: ReactNode }) {
  return (
    <details className="operator-box">
      <summary>{title}</summary>
      <form className="ui-form" onSubmit={(event: FormEvent) => { event.preventDefault(); onSubmit(); }}>
        {children}
        <div className="panel-foot"><Button type="submit" busy={busy}>{submit}</Button></div>
      </form>
    </details>
  );
}

function Transfer({ detail, busy, onSend }: FormProps & { detail: CustomerDetail }) {
  const { t } = useWords();
  const { money } = useWritten(undefined);
  const [charge, setCharge] = useState(detail.open[0]?.id ?? "");
  const [reference, setReference] = useState("");
  const [paid_on, setDay] = useState(() => dayIn(ZONE));
  return (
    <Box title={t("operator.transfer")} submit={t("operator.transfer_save")} busy={busy} onSubmit={() => onSend({ charge, reference, paid_on })}>
      <SelectField label={t("operator.charge")} value={charge} onChange={(event) => setCharge(event.target.value)}>
        {detail.open.map((one) => <option key={one.id} value={one.id}>{`${one.id} · ${money(one.total)}`}</option>)}
      </SelectField>
      <div className="pair">
        <TextField label={t("operator.reference")} required maxLength={200} value={reference} onChange={(event) => setReference(event.target.value)} />
        <TextField label={t("operator.paid_on")} type="date" required max={dayIn(ZONE)} value={paid_on} onChange={(event) => setDay(event.target.value)} />
      </div>
    </Box>
  );
}

function Refund({ charges, busy, onSend }: FormProps & { charges: CustomerDetail["records"]["charges"] }) {
  const { t } = useWords();
  const { money } = useWritten(undefined);
  const [id, setId] = useState(charges[0]?.id ?? "");
  const known = charges.find((one) => one.id === id) ?? charges[0];
  const left = known ? known.total.minor - known.refunded : 0;
  const [amount, setAmount] = useState("");
  const [reason, setReason] = useState("");
  const minor = amount.trim() === "" ? left : minorOf(amount);
  const wrong = minor === undefined || minor < 1 || minor > left ? t("operator.amount_wrong") : undefined;
  return (
    <Box title={t("operator.refund")} submit={t("operator.refund_save")} busy={busy} onSubmit={() => { if (known && !wrong) onSend({ charge: known.id, minor, reason, refunded_before: known.refunded }); }}>
      <SelectField label={t("operator.charge")} value={id} onChange={(event) => setId(event.target.value)}>
        {charges.map((one) => <option key={one.id} value={one.id}>{`${one.id} · ${money(one.total)}`}</option>)}
      </SelectField>
      <div className="pair">
        <TextField label={t("operator.amount")} inputMode="decimal" placeholder={typedOf(left)} value={amount} problem={wrong} onChange={(event) => setAmount(event.target.value)} />
        <TextField label={t("operator.reason")} required maxLength={200} value={reason} onChange={(event) => setReason(event.target.value)} />
      </div>
    </Box>
  );
}

function Support({ busy, onSend }: FormProps) {
  const { t } = useWords();
  const [minutes, setMinutes] = useState("");
  const [entry, setEntry] = useState("");
  return (
    <Box title={t("operator.support")} submit={t("operator.support_save")} busy={busy} onSubmit={() => onSend({ support_minutes: Number(minutes), entry })}>
      <div className="pair">
        <TextField label={t("operator.minutes")} type="number" min={1} max={6000} required value={minutes} onChange={(event) => setMinutes(event.target.value)} />
        <TextField label={t("operator.entry")} hint={t("operator.entry_hint")} required maxLength={200} value={entry} onChange={(event) => setEntry(event.target.value)} />
      </div>
    </Box>
  );
}

function ByMail({ busy, onSend }: FormProps) {
  const { t } = useWords();
  const [at, setAt] = useState("");
  const [waived, setWaived] = useState(false);
  return (
    <Box title={t("operator.cancel")} submit={t("operator.cancel_save")} busy={busy} onSubmit={() => onSend({ received_at: new Date(at).getTime(), waived })}>
      <TextField label={t("operator.received_at")} hint={t("operator.received_hint")} type="datetime-local" required value={at} onChange={(event) => setAt(event.target.value)} />
      <label className="billing-box"><input type="checkbox" checked={waived} onChange={(event) => setWaived(event.target.checked)} /><span>{t("operator.waived")}</span></label>
    </Box>
  );
}
