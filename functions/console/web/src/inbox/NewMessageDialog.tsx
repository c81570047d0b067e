import { useState, type FormEvent } from "react";
import { ApiError } from "../api/client";
import { codeAt, problemText } from "../api/problem";
import type { ContactHead, Page } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { TextField } from "../ui/TextField";

class Unreachable extends Error {}

/** Finds or makes the contact; what may be written is chosen in the conversation. */
export function NewMessageDialog({ to: start, onClose, onContact }: { to: string; onClose: () => void; onContact: (contact: ContactHead, created: boolean) => void }) {
  const { t } = useWords();
  const { request, takeHeads, channels } = useWorkspace();
  const [to, setTo] = useState(start);
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const mail = to.includes("@");
  const starting = channels.filter((one) => one.state === "connected" && one.capabilities.starts_first);
  // Nothing connected writes to e-mail addresses: there only who is a contact already can be opened.
  const reaches = !mail && starting.length > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    const [first, ...rest] = name.trim().split(/\s+/);
    const body = { [mail ? "email" : "phone"]: to.trim(), ...(first ? { first_name: first } : {}), ...(rest.length > 0 ? { last_name: rest.join(" ") } : {}) };
    const wanted = to.trim();
    const found = reaches
      ? request<{ contact: ContactHead; created: boolean }>("POST", "contacts", { body })
      : request<Page<ContactHead>>("GET", `contacts?${new URLSearchParams({ search: wanted, limit: "5" })}`).then(({ items }) => {
          const contact = items.find((one) => !mail || one.email?.toLowerCase() === wanted.toLowerCase());
          if (!contact) throw new Unreachable();
          return { contact, created: false };
        });
    found.then(
      ({ contact, created }) => {
        takeHeads([contact]);
        onContact(contact, created);
      },
      (error: unknown) => {
        setBusy(false);
        setProblem(error instanceof Unreachable ? t(mail ? "new.no_mail_channel" : "new.no_channel") : refusal(error, t));
      },
    );
  };
  return (
    <Dialog
      title={t("new.title")} open onClose={onClose}
      foot={<><Button onClick={onClose}>{t("app.cancel")}</Button><Button type="submit" form="new-form" tone="primary" busy={busy} disabled={!to.trim()}>{t("new.submit")}</Button></>}
    >
      <form id="new-form" className="ui-form" onSubmit={submit}>
        <TextField label={t("new.to")} hint={t("new.to_hint")} problem={problem} autoFocus required autoComplete="off" inputMode={mail ? "email" : "text"} value={to} onChange={(event) => { setTo(event.target.value); setProblem(undefined); }} />
        {reaches ? <TextField label={t("new.name")} autoComplete="off" maxLength={255} value={name} onChange={(event) => setName(event.target.value)} /> : null}
        <p className="ui-note">{t(mail ? "new.mail_only_known" : starting.length === 0 ? "new.only_known" : starting.some((one) => one.capabilities.templates) ? "new.template_only" : "new.any")}</p>
      </form>
    </Dialog>
  );
}

function refusal(error: unknown, t: (key: string) => string): string {
  if (codeAt(error, "/phone")) return t("contact.invalid_phone");
  if (codeAt(error, "/email")) return t("contact.invalid_email");
  if (error instanceof ApiError && error.code === "contact_of_others") return t("new.of_others");
  if (error instanceof ApiError && error.code.startsWith("quota")) return t("new.quota");
  return problemText(error, t, "new.failed");
}
