import { Plus, UsersRound } from "lucide-react";
import { useState, type FormEvent } from "react";
import { ApiError } from "../api/client";
import { problemText } from "../api/problem";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { ICON } from "../ui/icon";
import { EmptyState } from "../ui/State";
import { TextField } from "../ui/TextField";
import { useToast } from "../ui/Toast";
import type { UserDetail } from "./model";
import "./people.css";

interface Team { id: string; name: string; description?: string }

/** Groups of people who answer together. */
export default function TeamsPage() {
  const { t } = useWords();
  const { teams, request } = useWorkspace();
  const [open, setOpen] = useState<{ team: Team | undefined; users: UserDetail[] }>();
  const [failed, setFailed] = useState(false);
  const [busy, setBusy] = useState<string>();
  /** Who belongs to a team stands with the users. */
  const begin = (team: Team | undefined) => {
    setFailed(false);
    setBusy(team?.id ?? "new");
    request<{ items: UserDetail[] }>("GET", "users").then((read) => setOpen({ team, users: read.items }), () => setFailed(true)).finally(() => setBusy(undefined));
  };
  const create = <Button tone="primary" busy={busy === "new"} onClick={() => begin(undefined)}><Plus {...ICON} />{t("teams.new")}</Button>;
  return (
    <>
      <header className="settings-head">
        <div><h2>{t("teams.title")}</h2><p>{t("teams.lead")}</p></div>
        {teams.length > 0 ? create : null}
      </header>
      {failed ? <p className="ui-problem" role="alert">{t("teams.unreachable")}</p> : null}
      {teams.length === 0 ? <EmptyState icon={UsersRound} text={t("teams.empty")}>{create}</EmptyState> : (
        <ul className="people panel" aria-label={t("teams.title")}>
          {teams.map((team: Team) => (
            <li key={team.id}>
              <div className="people-who"><strong>{team.name}</strong>{team.description ? <small>{team.description}</small> : null}</div>
              <Button busy={busy === team.id} aria-label={t("teams.edit_named", { name: team.name })} onClick={() => begin(team)}>{t("app.change")}</Button>
            </li>
          ))}
        </ul>
      )}
      {open ? <TeamDialog team={open.team} users={open.users} onClose={() => setOpen(undefined)} /> : null}
    </>
  );
}

function TeamDialog({ team, users, onClose }: { team: Team | undefined; users: readonly UserDetail[]; onClose: () => void }) {
  const { t } = useWords();
  const { request, reload, may } = useWorkspace();
  const toast = useToast();
  const [name, setName] = useState(team?.name ?? "");
  const [description, setDescription] = useState(team?.description ?? "");
  const [members, setMembers] = useState(() => users.filter((one) => team && one.place.teams?.includes(team.id)).map((one) => one.id));
  const [busy, setBusy] = useState(false);
  const [sure, setSure] = useState(false);
  const [error, setError] = useState<unknown>();
  const send = (work: Promise<unknown>, done: string) => {
    setBusy(true);
    setError(undefined);
    work.then(
      async () => {
        await reload();
        toast(t(done));
        onClose();
      },
      (caught: unknown) => {
        setBusy(false);
        setSure(false);
        setError(caught);
      },
    );
  };
  const path = team ? `teams/${encodeURIComponent(team.id)}` : "teams";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(request(team ? "PATCH" : "POST", path, { body: { name: name.trim(), description: description.trim(), members } }), "teams.saved");
  };
  const wrong = error instanceof ApiError && error.code === "name_taken" ? t("error.name_taken") : undefined;
  return (
    <Dialog
      title={team ? team.name : t("teams.new")} open wide onClose={onClose}
      foot={(
        <>
          {team && may("team_delete") ? <Button tone="danger" busy={busy && sure} onClick={() => (sure ? send(request("DELETE", path), "teams.deleted") : setSure(true))}>{t(sure ? "teams.delete_sure" : "teams.delete")}</Button> : null}
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button type="submit" form="team" tone="primary" busy={busy && !sure}>{t("app.save")}</Button>
        </>
      )}
    >
      <form id="team" className="ui-form" onSubmit={submit}>
        <div className="pair">
          <TextField label={t("teams.name")} problem={wrong} required maxLength={64} value={name} onChange={(event) => setName(event.target.value)} />
          <TextField label={t("teams.description")} maxLength={255} value={description} onChange={(event) => setDescription(event.target.value)} />
        </div>
        <fieldset className="people-boxes">
          <legend className="ui-legend">{t("teams.members")} · {t("teams.count", { count: members.length })}</legend>
          {users.map((one) => (
            <label key={one.id}>
              <input type="checkbox" checked={members.includes(one.id)} onChange={() => setMembers((held) => (held.includes(one.id) ? held.filter((id) => id !== one.id) : [...held, one.id]))} />
              <span>{one.name}</span>
            </label>
          ))}
        </fieldset>
        {error !== undefined && !wrong ? <p className="ui-problem" role="alert">{problemText(error, t, "teams.save_failed")}</p> : null}
      </form>
    </Dialog>
  );
}
