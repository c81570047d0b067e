import { useState, type FormEvent } from "react";
import { codeAt, problemText } from "../api/problem";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";
import { useOrganization, type BillingView, type Identity } from "./model";

const KINDS = ["ruc", "cedula", "passport", "final_consumer", "foreign"] as const;
/** Whose numbers only Ecuador knows. */
const LOCAL = ["ruc", "cedula", "final_consumer"];

/** Whether a cédula's last digit fits the others. */
function checkDigit(digits: string): boolean {
  const sum = [...digits.slice(0, 9)].reduce((all, digit, place) => {
    const product = Number(digit) * (place % 2 === 0 ? 2 : 1);
    return all + (product > 9 ? product - 9 : product);
  }, 0);
  return (sum + Number(digits[9])) % 10 === 0;
}

/** What can be said of a number before the API is asked; it checks the same. */
export function numberProblem(kind: Identity["kind"], typed: string): string | undefined {
  const number = typed.replace(/[\s-]/g, "");
  const province = () => ((part) => (part >= 1 && part <= 24) || part === 30)(Number(number.slice(0, 2)));
  if (kind === "cedula") {
    if (!/^\d{10}$/.test(number)) return "not_ten_digits";
    if (!province()) return "unknown_province";
    return checkDigit(number) ? undefined : "wrong_check_digit";
  }
  if (kind === "ruc") {
    if (!/^\d{13}$/.test(number)) return "not_thirteen_digits";
    if (!province()) return "unknown_province";
    if (number.endsWith("000")) return "no_establishment";
    return Number(number[2]) < 6 && !checkDigit(number) ? "wrong_check_digit" : undefined;
  }
  if (kind === "final_consumer") return undefined;
  return /^[\da-z]{4,20}$/i.test(number) ? undefined : "not_4_to_20_letters";
}

/** Who is billed. */
export function IdentityDialog({ known, country, onClose, onDone }: { known: Identity | undefined; country: string; onClose: () => void; onDone: (view: BillingView) => void }) {
  const { t, locale } = useWords();
  const { request } = useOrganization();
  const [form, setForm] = useState<Identity>(known ?? { kind: country === "EC" || country === "" ? "ruc" : "foreign", number: "", legal_name: "", address: "", email: "", country: country || "EC", government: false });
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState(false);
  const [error, setError] = useState<unknown>();
  const set = (change: Partial<Identity>) => setForm((held) => ({ ...held, ...change }));
  const own = numberProblem(form.kind, form.number ?? "");
  const said = (field: keyof Identity) => codeAt(error, `/${field}`);
  const words = (code: string | undefined) => (code ? t(`billing.wrong_${code}`) : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (own) return;
    setBusy(true);
    setError(undefined);
    request<BillingView>("PUT", "billing/identity", form).then(onDone, (caught: unknown) => {
      setBusy(false);
      setError(caught);
    });
  };
  const names = new Intl.DisplayNames([locale], { type: "region" });
  const fields = ["kind", "number", "legal_name", "address", "email", "country"] as const;
  const elsewhere = error !== undefined && !fields.some((field) => said(field));
  return (
    <Dialog title={t("billing.identity")} open wide onClose={onClose} foot={<><Button onClick={onClose}>{t("app.cancel")}</Button><Button type="submit" form="identity" tone="primary" busy={busy}>{t("app.save")}</Button></>}>
      <form id="identity" className="ui-form" onSubmit={submit} noValidate>
        <div className="pair">
          <SelectField label={t("billing.kind")} value={form.kind} onChange={(event) => {
            const kind = event.target.value as Identity["kind"];
            set({ kind, ...(LOCAL.includes(kind) ? { country: "EC" } : {}) });
          }}>
            {KINDS.map((kind) => <option key={kind} value={kind}>{t(`billing.kind_${kind}`)}</option>)}
          </SelectField>
          {form.kind === "final_consumer" ? null : <TextField label={t("billing.number")} required maxLength={24} inputMode={form.kind === "ruc" || form.kind === "cedula" ? "numeric" : "text"} value={form.number ?? ""} problem={words(said("number") ?? (tried ? own : undefined))} onChange={(event) => set({ number: event.target.value })} />}
        </div>
        <TextField label={t("billing.legal_name")} required maxLength={300} autoComplete="organization" value={form.legal_name} problem={words(said("legal_name"))} onChange={(event) => set({ legal_name: event.target.value })} />
        <TextField label={t("billing.address")} required maxLength={300} autoComplete="street-address" value={form.address} problem={words(said("address"))} onChange={(event) => set({ address: event.target.value })} />
        <div className="pair">
          <TextField label={t("billing.email")} hint={t("billing.email_hint")} type="email" required maxLength={254} value={form.email} problem={words(said("email"))} onChange={(event) => set({ email: event.target.value })} />
          <SelectField label={t("billing.country")} value={form.country} disabled={LOCAL.includes(form.kind)} onChange={(event) => set({ country: event.target.value })}>
            {COUNTRIES.map((code) => <option key={code} value={code}>{names.of(code) ?? code}</option>)}
          </SelectField>
        </div>
        <label className="billing-box"><input type="checkbox" checked={form.government ?? false} onChange={(event) => set({ government: event.target.checked })} /><span>{t("billing.government")}</span></label>
        {elsewhere ? <p className="ui-problem" role="alert">{problemText(error, t, "billing.failed")}</p> : null}
      </form>
    </Dialog>
  );
}

const COUNTRIES = ["EC", "AR", "BO", "BR", "CA", "CL", "CO", "CR", "CU", "DE", "DO", "ES", "FR", "GB", "GT", "HN", "IT", "MX", "NI", "PA", "PE", "PR", "PT", "PY", "SV", "US", "UY", "VE"];
