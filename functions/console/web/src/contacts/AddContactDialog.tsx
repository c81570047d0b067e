import { useState, type FormEvent } from "react";
import { ApiError } from "../api/client";
import { codeAt, problemText } from "../api/problem";
import type { ContactHead } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/TextField";

/** A contact by hand: a first name, and a phone number or an e-mail address. */
export function AddContactDialog({ onClose, onAdded }: { onClose: () => void; onAdded: (head: ContactHead, created: boolean) => void }) {
  const { t } = useWords();
  const { request } = useWorkspace();
  const [first, setFirst] = useState("");
  const [last, setLast] = useState("");
  const [phone, setPhone] = useState("");
  const [email, setEmail] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    const body = { by_hand: true, first_name: first.trim(), last_name: last.trim(), ...(phone.trim() ? { phone: phone.trim() } : {}), ...(email.trim() ? { email: email.trim() } : {}) };
    request<{ contact: ContactHead; created: boolean }>("POST", "contacts", { body }).then(
      (answer) => onAdded(answer.contact, answer.created),
      (caught: unknown) => {
        setBusy(false);
        setError(caught);
      },
    );
  };
  const code = error instanceof ApiError ? error.code : "";
  const at = (pointer: string, word: string) => (codeAt(error, pointer) ? t(word) : undefined);
  const told = [at("/phone", "contact.invalid_phone"), at("/email", "contact.invalid_email")];
  const rest = error === undefined || told.some(Boolean) ? undefined : code === "contact_of_others" ? t("new.of_others") : code.startsWith("quota") ? t("new.quota") : problemText(error, t, "contacts.add_failed");
  return (
    <Dialog
      title={t("contacts.add")} open onClose={onClose}
      foot={<><Button onClick={onClose}>{t("app.cancel")}</Button><Button type="submit" form="add-contact" tone="primary" busy={busy} disabled={!first.trim() || !(phone.trim() || email.trim())}>{t("contacts.add_submit")}</Button></>}
    >
      <form id="add-contact" className="ui-form" onSubmit={submit}>
        <div className="pair">
          <TextField label={t("contact.first_name")} required maxLength={255} autoComplete="off" value={first} onChange={(event) => setFirst(event.target.value)} />
          <TextField label={t("contact.last_name")} maxLength={255} autoComplete="off" value={last} onChange={(event) => setLast(event.target.value)} />
        </div>
        <TextField label={t("contact.phone")} hint={t("contacts.add_hint")} problem={told[0]} type="tel" autoComplete="off" value={phone} onChange={(event) => setPhone(event.target.value)} />
        <TextField label={t("contact.email")} problem={told[1]} type="email" autoComplete="off" value={email} onChange={(event) => setEmail(event.target.value)} />
        {rest ? <p className="ui-problem" role="alert">{rest}</p> : null}
      </form>
    </Dialog>
  );
}
