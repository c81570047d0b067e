import { useState, type FormEvent } from "react";
import { codeAt, problemText } from "../api/problem";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/TextField";
import { useOrganization, useWritten, type BillingView } from "./model";

/** The end of the subscription: until when it prevents the next debit, the last day, and whether one more comes. */
export function CancelDialog({ view, onClose, onDone }: { view: BillingView; onClose: () => void; onDone: (view: BillingView) => void }) {
  const { t, locale } = useWords();
  const { request } = useOrganization();
  const { civil, moment, money } = useWritten(view.zone);
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const terms = view.cancel_terms;
  const word = locale === "es" ? "BAJA" : "CANCEL";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    request<BillingView>("POST", "billing/cancellation", { word: typed.trim() }).then(onDone, (caught: unknown) => {
      setBusy(false);
      setError(caught);
    });
  };
  const wrong = codeAt(error, "/word") ? t("billing.wrong_word", { word }) : undefined;
  return (
    <Dialog
      title={t("billing.cancel_title")} open onClose={onClose}
      foot={<><Button onClick={onClose}>{t("billing.cancel_not")}</Button><Button type="submit" form="cancel" tone="danger" busy={busy} disabled={typed.trim() !== word}>{t("billing.cancel")}</Button></>}
    >
      <form id="cancel" className="ui-form" onSubmit={submit}>
        {terms ? (
          <ul className="billing-terms">
            {terms.until ? <li>{t(terms.one_more_debit ? "billing.cancel_was_until" : "billing.cancel_is_until", { at: moment(terms.until - 60_000) })}</li> : null}
            <li>{t("billing.last_day", { day: civil(terms.last_day) })}</li>
            <li>{terms.one_more_debit && view.next_debit ? t("billing.cancel_one_more", { on: civil(view.next_debit.on), total: money(view.next_debit.price.total) }) : t("billing.cancel_no_more")}</li>
            <li>{t("billing.cancel_after")}</li>
          </ul>
        ) : null}
        <TextField label={t("billing.type_word", { word })} autoComplete="off" value={typed} problem={wrong} onChange={(event) => setTyped(event.target.value)} />
        {error !== undefined && !wrong ? <p className="ui-problem" role="alert">{problemText(error, t, "billing.failed")}</p> : null}
      </form>
    </Dialog>
  );
}
