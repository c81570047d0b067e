import { useState, type FormEvent } from "react";
import { codeAt, problemText } from "../api/problem";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { TextField } from "../ui/TextField";
import { useToast } from "../ui/Toast";
import { useOperator, type CatalogueView, type Issuer } from "./api";

const FIELDS = ["tax_number", "legal_name", "trade_name", "address", "establishment_address", "establishment", "point", "country", "zone"] as const;
const EMPTY: Issuer = { country: "EC", zone: "America/Guayaquil", tax_number: "", legal_name: "", trade_name: "", address: "", establishment_address: "", establishment: "001", point: "001", keeps_accounts: false, production: false };

/** Who issues invoices. */
export function IssuerForm({ known, onSaved }: { known: Issuer | undefined; onSaved: (view: CatalogueView) => void }) {
  const { t } = useWords();
  const { request } = useOperator();
  const toast = useToast();
  const [form, setForm] = useState<Issuer>(known ?? EMPTY);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    request<CatalogueView>("PUT", "issuer", form).then((fresh) => {
      toast(t("operator.issuer_saved"));
      onSaved(fresh);
    }, setError).finally(() => setBusy(false));
  };
  const said = (field: string) => codeAt(error, `/${field}`);
  return (
    <form className="panel billing-part ui-form" onSubmit={submit} aria-label={t("operator.issuer")} noValidate>
      <p className="billing-muted">{t("operator.issuer_lead")}</p>
      {FIELDS.map((field) => <TextField key={field} label={t(`operator.issuer_${field}`)} maxLength={300} value={form[field] ?? ""} problem={said(field) ? t(`operator.wrong_${said(field)}`) : undefined} onChange={(event) => setForm({ ...form, [field]: event.target.value })} />)}
      <label className="billing-box"><input type="checkbox" checked={form.keeps_accounts ?? false} onChange={(event) => setForm({ ...form, keeps_accounts: event.target.checked })} /><span>{t("operator.issuer_keeps_accounts")}</span></label>
      {error !== undefined && !FIELDS.some(said) ? <p className="ui-problem" role="alert">{problemText(error, t, "operator.save_failed")}</p> : null}
      <div className="panel-foot"><Button type="submit" tone="primary" busy={busy}>{t("app.save")}</Button></div>
    </form>
  );
}
