import { KeyRound, Plus } from "lucide-react";
import { useCallback, useEffect, useState, type FormEvent } from "react";
import { ApiError } from "../api/client";
import { problemText } from "../api/problem";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { ICON } from "../ui/icon";
import { EmptyState, SkeletonRows } from "../ui/State";
import { TextField } from "../ui/TextField";
import { useToast } from "../ui/Toast";
import { roleName, type CustomRole } from "./model";
import "./people.css";

type Right = CustomRole["rights"][number];
interface Read { items: CustomRole[]; rights: Right[] }

/** Sets of rights that agents can have in place of their level's. */
export default function RolesPage() {
  const { t } = useWords();
  const { request } = useWorkspace();
  const [read, setRead] = useState<Read>();
  const [failed, setFailed] = useState(false);
  const [open, setOpen] = useState<CustomRole | "new">();
  const load = useCallback(() => {
    setFailed(false);
    request<Read>("GET", "roles").then(setRead, () => setFailed(true));
  }, [request]);
  useEffect(load, [load]);
  return (
    <>
      <header className="settings-head">
        <div><h2>{t("roles.title")}</h2><p>{t("roles.lead")}</p></div>
        {read ? <Button tone="primary" onClick={() => setOpen("new")}><Plus {...ICON} />{t("roles.new")}</Button> : null}
      </header>
      {failed && !read ? <EmptyState icon={KeyRound} text={t("roles.unreachable")} alert><Button onClick={load}>{t("app.retry")}</Button></EmptyState> : null}
      {!failed && !read ? <SkeletonRows rows={3} label={t("app.loading")} /> : null}
      {read ? (
        <ul className="people panel" aria-label={t("roles.title")}>
          {read.items.map((role) => {
            const preset = role.name === "";
            const name = roleName(role, t);
            return (
              <li key={role.id}>
                <div className="people-who"><strong>{name}</strong><small>{preset ? `${t("roles.preset")} · ` : ""}{t("roles.count", { count: role.rights.length })}</small></div>
                <Button aria-label={t(preset ? "roles.show_named" : "roles.edit_named", { name })} onClick={() => setOpen(role)}>{t(preset ? "app.show" : "app.change")}</Button>
              </li>
            );
          })}
        </ul>
      ) : null}
      {open && read ? <RoleDialog role={open === "new" ? undefined : open} rights={read.rights} onClose={(changed) => { setOpen(undefined); if (changed) load(); }} /> : null}
    </>
  );
}

function RoleDialog({ role, rights, onClose }: { role: CustomRole | undefined; rights: readonly Right[]; onClose: (changed: boolean) => void }) {
  const { t } = useWords();
  const { request } = useWorkspace();
  const toast = useToast();
  const [name, setName] = useState(role?.name ?? "");
  const [held, setHeld] = useState<readonly Right[]>(role?.rights ?? ["contact_read"]);
  const [busy, setBusy] = useState(false);
  const [sure, setSure] = useState(false);
  const [error, setError] = useState<unknown>();
  const preset = role?.name === "";
  const path = role ? `roles/${encodeURIComponent(role.id)}` : "roles";
  const send = (work: Promise<unknown>, done: string) => {
    setBusy(true);
    setError(undefined);
    work.then(
      () => {
        toast(t(done));
        onClose(true);
      },
      (caught: unknown) => {
        setBusy(false);
        setSure(false);
        setError(caught);
      },
    );
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(request(role ? "PATCH" : "POST", path, { body: { name: name.trim(), rights: held } }), "roles.saved");
  };
  const taken = error instanceof ApiError && error.code === "name_taken" ? t("error.name_taken") : undefined;
  const foot = preset ? <Button onClick={() => onClose(false)}>{t("app.close")}</Button> : (
    <>
      {role ? <Button tone="danger" busy={busy && sure} onClick={() => (sure ? send(request("DELETE", path), "roles.deleted") : setSure(true))}>{t(sure ? "roles.delete_sure" : "roles.delete")}</Button> : null}
      <Button onClick={() => onClose(false)}>{t("app.cancel")}</Button>
      <Button type="submit" form="role" tone="primary" busy={busy && !sure}>{t("app.save")}</Button>
    </>
  );
  return (
    <Dialog title={role ? roleName(role, t) : t("roles.new")} open wide onClose={() => onClose(false)} foot={foot}>
      <form id="role" className="ui-form" onSubmit={submit}>
        {preset ? <p className="ui-hint">{t("error.preset_role")}</p> : <TextField label={t("roles.name")} problem={taken} required maxLength={64} value={name} onChange={(event) => setName(event.target.value)} />}
        <fieldset className="people-boxes" disabled={preset}>
          <legend className="ui-legend">{t("roles.rights")}</legend>
          {rights.map((right) => (
            <label key={right}>
              <input type="checkbox" checked={held.includes(right)} onChange={() => setHeld((before) => (before.includes(right) ? before.filter((one) => one !== right) : [...before, right]))} />
              <span>{t(`right.${right}`)}</span>
            </label>
          ))}
        </fieldset>
        {error !== undefined && !taken ? <p className="ui-problem" role="alert">{problemText(error, t, "roles.save_failed")}</p> : null}
      </form>
    </Dialog>
  );
}
