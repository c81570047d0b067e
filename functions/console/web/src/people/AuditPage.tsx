import { Download, ScrollText } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import type { components } from "../api/schema";
import { problemText } from "../api/problem";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { ICON } from "../ui/icon";
import { SelectField } from "../ui/SelectField";
import { EmptyState, SkeletonRows } from "../ui/State";
import { TextField } from "../ui/TextField";
import { useToast } from "../ui/Toast";
import { saveText } from "./download";
import "./people.css";

type Entry = components["schemas"]["AuditEntry"];
type Action = components["schemas"]["AuditAction"];
interface Page { items: Entry[]; next_cursor?: string | null }

/** What the log tells, as the API names it. */
const ACTIONS: readonly Action[] = [
  "signed_in", "signed_up", "session.ended", "password.reset", "mfa.changed", "user.invited", "invitation.resent", "invitation.revoked", "user.joined", "user.changed", "user.removed", "users.exported",
  "team.created", "team.changed", "team.deleted", "role.created", "role.changed", "role.deleted", "settings.changed", "channel.connected", "channel.disconnected", "data.exported", "data.imported", "contacts.deleted",
  "workspace.created", "organization.changed", "organization.role_changed", "organization.suspended", "organization.resumed", "grant.given", "grant.ended", "grant.used", "audit.exported",
  "billing.identity_changed", "plan.chosen", "plan.kept", "subscription.canceled", "subscription.kept", "transfer.recorded", "extra.asked", "charge.refunded", "deletion_order.confirmed", "deletion_order.canceled",
];
const DAY = 86_400_000;

/** The first moment of a day in the reader's own time. */
const midnight = (day: string): number => new Date(`${day}T00:00:00`).getTime();

/** Who signed in and what changed, newest first. */
export default function AuditPage() {
  const { t, day, clock } = useWords();
  const { request, users } = useWorkspace();
  const toast = useToast();
  const [filter, setFilter] = useState({ user: "", action: "", from: "", until: "" });
  const [items, setItems] = useState<Entry[]>();
  const [cursor, setCursor] = useState<string>();
  const [failed, setFailed] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const query = useCallback((more: Record<string, string> = {}) => {
    const asked = new URLSearchParams(more);
    if (filter.user) asked.set("user", filter.user);
    if (filter.action) asked.set("action", filter.action);
    if (filter.from) asked.set("from", String(midnight(filter.from)));
    if (filter.until) asked.set("until", String(midnight(filter.until) + DAY - 1));
    const text = asked.toString();
    return text ? `?${text}` : "";
  }, [filter]);
  useEffect(() => {
    let current = true;
    setFailed(false);
    setItems(undefined);
    request<Page>("GET", `audit${query()}`).then(
      (page) => {
        if (!current) return;
        setItems(page.items);
        setCursor(page.next_cursor ?? undefined);
      },
      () => current && setFailed(true),
    );
    return () => {
      current = false;
    };
  }, [request, query]);
  const more = (from: string) => {
    setBusy(true);
    setProblem(undefined);
    request<Page>("GET", `audit${query({ cursor: from })}`)
      .then(
        (page) => {
          setItems((held) => [...(held ?? []), ...page.items]);
          setCursor(page.next_cursor ?? undefined);
        },
        (error: unknown) => setProblem(problemText(error, t, "audit.unreachable")),
      )
      .finally(() => setBusy(false));
  };
  const exported = () => {
    setBusy(true);
    setProblem(undefined);
    request<string>("GET", `audit/export${query()}`, { text: true })
      .then(
        (csv) => {
          saveText(csv, "audit.csv", "text/csv");
          toast(t("audit.exported"));
        },
        (error: unknown) => setProblem(problemText(error, t, "audit.export_failed")),
      )
      .finally(() => setBusy(false));
  };
  const said = (action: string) => t(`audit.did_${action.replaceAll(".", "_")}`);
  const set = (key: keyof typeof filter) => (event: { target: { value: string } }) => setFilter((before) => ({ ...before, [key]: event.target.value }));
  return (
    <>
      <header className="settings-head">
        <div><h2>{t("audit.title")}</h2><p>{t("audit.lead")}</p></div>
        <Button busy={busy} onClick={exported}><Download {...ICON} />{t("audit.export")}</Button>
      </header>
      <div className="people-filter">
        <SelectField label={t("audit.user")} value={filter.user} onChange={set("user")}><option value="">{t("audit.any")}</option>{users.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}</SelectField>
        <SelectField label={t("audit.action")} value={filter.action} onChange={set("action")}><option value="">{t("audit.any_action")}</option>{ACTIONS.map((one) => <option key={one} value={one}>{said(one)}</option>)}</SelectField>
        <TextField label={t("audit.from")} type="date" value={filter.from} max={filter.until || undefined} onChange={set("from")} />
        <TextField label={t("audit.until")} type="date" value={filter.until} min={filter.from || undefined} onChange={set("until")} />
      </div>
      {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
      {failed ? <EmptyState icon={ScrollText} text={t("audit.unreachable")} alert><Button onClick={() => setFilter((before) => ({ ...before }))}>{t("app.retry")}</Button></EmptyState> : null}
      {!failed && !items ? <SkeletonRows rows={6} label={t("app.loading")} /> : null}
      {items?.length === 0 ? <EmptyState icon={ScrollText} text={t(Object.values(filter).some(Boolean) ? "audit.none_found" : "audit.empty")} /> : null}
      {items && items.length > 0 ? (
        <ol className="people panel" aria-label={t("audit.title")}>
          {items.map((one) => (
            <li key={one.id}>
              <div className="people-who">
                <span><b>{one.user_name || t("audit.system")}</b> · {said(one.action)}{one.target_name ? <> <b>{one.target_name}</b></> : null}</span>
                {Object.entries(one.details ?? {}).map(([name, change]) => <small key={name}>{name}: {change}</small>)}
              </div>
              <small className="people-when figures">{day(one.at)}, {clock(one.at)}{one.address ? ` · ${one.address}` : ""}</small>
            </li>
          ))}
        </ol>
      ) : null}
      {cursor ? <div><Button busy={busy} onClick={() => more(cursor)}>{t("audit.more")}</Button></div> : null}
    </>
  );
}
