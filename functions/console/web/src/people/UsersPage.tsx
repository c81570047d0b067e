import { Download, Search, UserPlus, Users } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { problemText } from "../api/problem";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Avatar } from "../ui/Avatar";
import { Button } from "../ui/Button";
import { folded } from "../ui/Combobox";
import { ICON } from "../ui/icon";
import { EmptyState, SkeletonRows } from "../ui/State";
import { useToast } from "../ui/Toast";
import { saveText } from "./download";
import { Invitations } from "./Invitations";
import { InviteDialog } from "./InviteDialog";
import { roleName, type CustomRole, type InvitationView, type Level, type UserDetail } from "./model";
import { UserDialog } from "./UserDialog";
import "./people.css";

const LEVELS: readonly Level[] = ["agent", "manager", "owner"];

interface Read { users: UserDetail[]; invitations: InvitationView[]; roles: CustomRole[] }

/** Who is in the workspace and who is invited. */
export default function UsersPage() {
  const { t } = useWords();
  const { request, me, teams, may } = useWorkspace();
  const toast = useToast();
  const [read, setRead] = useState<Read>();
  const [failed, setFailed] = useState(false);
  const [wanted, setWanted] = useState("");
  const [open, setOpen] = useState<UserDetail | "new">();
  const [exporting, setExporting] = useState(false);
  const [problem, setProblem] = useState<string>();
  const load = useCallback(() => {
    setFailed(false);
    Promise.all([request<{ items: UserDetail[] }>("GET", "users"), request<{ items: InvitationView[] }>("GET", "invitations"), request<{ items: CustomRole[] }>("GET", "roles")]).then(
      ([users, invitations, roles]) => setRead({ users: users.items, invitations: invitations.items, roles: roles.items }),
      () => setFailed(true),
    );
  }, [request]);
  useEffect(load, [load]);

  /** Nobody gives a level that he may not take back. */
  const levels = useMemo(() => LEVELS.filter((level) => may(`user_${level}_write`)), [may]);
  const shown = useMemo(() => {
    const words = folded(wanted.trim());
    return (read?.users ?? []).filter((one) => folded(`${one.name} ${one.email} ${t(`place.role_${one.place.role}`)}`).includes(words));
  }, [read, wanted, t]);
  const exported = () => {
    setExporting(true);
    setProblem(undefined);
    request<string>("GET", "users/export", { text: true })
      .then(
        (csv) => {
          saveText(csv, "users.csv", "text/csv");
          toast(t("users.exported"));
        },
        (error: unknown) => setProblem(problemText(error, t, "users.export_failed")),
      )
      .finally(() => setExporting(false));
  };
  const about = (one: UserDetail) => {
    const role = read?.roles.find((known) => known.id === one.place.custom_role);
    const belongs = teams.filter((team) => one.place.teams?.includes(team.id)).map((team) => team.name);
    const sees = one.place.role === "agent" ? t("users.sees", { which: t(`place.visibility_${one.place.visibility ?? "all"}`) }) : undefined;
    return [role ? roleName(role, t) : undefined, sees, ...belongs].filter((part) => part !== undefined).join(" · ");
  };

  return (
    <>
      <header className="settings-head">
        <div><h2>{t("users.title")}</h2><p>{t("users.lead")}</p></div>
        <span className="people-actions">
          {may("data_export") ? <Button busy={exporting} onClick={exported}><Download {...ICON} />{t("users.export")}</Button> : null}
          <Button tone="primary" onClick={() => setOpen("new")}><UserPlus {...ICON} />{t("users.invite")}</Button>
        </span>
      </header>
      {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
      {failed && !read ? <EmptyState icon={Users} text={t("users.unreachable")} alert><Button onClick={load}>{t("app.retry")}</Button></EmptyState> : null}
      {!failed && !read ? <SkeletonRows rows={5} label={t("app.loading")} /> : null}
      {read ? (
        <>
          <div className="people-search ui-field">
            <Search {...ICON} />
            <input className="ui-input" type="search" placeholder={t("users.search")} aria-label={t("users.search")} value={wanted} onChange={(event) => setWanted(event.target.value)} />
          </div>
          <ul className="people panel" aria-label={t("users.title")}>
            {shown.map((one) => (
              <li key={one.id}>
                <Avatar name={one.name} id={one.id} status={one.status} />
                <div className="people-who">
                  <strong>{one.name}{one.id === me.user_id ? <em> ({t("users.me")})</em> : null}</strong>
                  <small>{one.email}</small>
                  <small>{about(one)}</small>
                </div>
                <span className="people-state" data-status={one.status}>{t(`users.status_${one.status}`)}</span>
                <span className="people-level">{t(`place.role_${one.place.role}`)}</span>
                {one.manageable ? <Button aria-label={t("users.edit_named", { name: one.name })} onClick={() => setOpen(one)}>{t("app.change")}</Button> : null}
              </li>
            ))}
            {shown.length === 0 ? <li className="people-none">{t("users.none_found")}</li> : null}
          </ul>
          {read.invitations.length > 0 ? <Invitations items={read.invitations} onChanged={load} /> : null}
        </>
      ) : null}
      {open === "new" ? <InviteDialog levels={levels} roles={read?.roles ?? []} onClose={(changed) => { setOpen(undefined); if (changed) load(); }} /> : null}
      {open && open !== "new" ? <UserDialog user={open} levels={levels} roles={read?.roles ?? []} onClose={(changed) => { setOpen(undefined); if (changed) load(); }} /> : null}
    </>
  );
}
