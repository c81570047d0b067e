import { useState, type FormEvent } from "react";
import { codeAt, problemText } from "../api/problem";
import type { ClosingNoteMode } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { SelectField } from "../ui/SelectField";
import { TextField } from "../ui/TextField";
import { useSaving } from "./useSaving";

const MODES: readonly ClosingNoteMode[] = ["optional", "mandatory_category", "mandatory_both", "disabled"];
const COUNTRIES = "AR BO BR CL CO CR CU DO EC ES GT HN MX NI PA PE PR PY SV US UY VE".split(" ");

function zones(held: string): string[] {
  const known = Intl.supportedValuesOf("timeZone");
  return known.includes(held) ? known : [held, ...known];
}

/** The workspace's own facts. */
export default function GeneralPage() {
  const { t, region } = useWords();
  const { workspace, request } = useWorkspace();
  const [name, setName] = useState(workspace.name);
  const [timezone, setTimezone] = useState(workspace.timezone);
  const [country, setCountry] = useState(workspace.country);
  const [mode, setMode] = useState(workspace.closing_note_mode);
  const { busy, error, send } = useSaving(() => undefined);
  const names = new Intl.DisplayNames([region], { type: "region" });
  const countries = (COUNTRIES.includes(country) ? COUNTRIES : [country, ...COUNTRIES]).map((code) => ({ code, name: names.of(code) ?? code })).sort((a, b) => a.name.localeCompare(b.name));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(request("PATCH", "workspace", { body: { name: name.trim(), timezone, country, closing_note_mode: mode } }), "general.saved");
  };
  const zone = codeAt(error, "/timezone") ? t("general.timezone_wrong") : undefined;
  return (
    <>
      <header className="settings-head"><div><h2>{t("general.title")}</h2><p>{t("general.lead")}</p></div></header>
      <form className="ui-form panel" onSubmit={submit}>
        <TextField label={t("general.name")} required maxLength={128} value={name} onChange={(event) => setName(event.target.value)} />
        <div className="pair">
          <div>
            <SelectField label={t("general.timezone")} value={timezone} onChange={(event) => setTimezone(event.target.value)}>
              {zones(timezone).map((one) => <option key={one} value={one}>{one.replaceAll("_", " ")}</option>)}
            </SelectField>
            <p className={zone ? "ui-problem" : "ui-hint"} role={zone ? "alert" : undefined}>{zone ?? t("general.timezone_hint")}</p>
          </div>
          <div>
            <SelectField label={t("general.country")} value={country} onChange={(event) => setCountry(event.target.value)}>
              {countries.map((one) => <option key={one.code} value={one.code}>{one.name}</option>)}
            </SelectField>
            <p className="ui-hint">{t("general.country_hint")}</p>
          </div>
        </div>
        <SelectField label={t("general.closing")} value={mode} onChange={(event) => setMode(event.target.value as ClosingNoteMode)}>
          {MODES.map((one) => <option key={one} value={one}>{t(`general.closing_${one}`)}</option>)}
        </SelectField>
        {error !== undefined && !zone ? <p className="ui-problem" role="alert">{problemText(error, t, "general.save_failed")}</p> : null}
        <div className="panel-foot"><Button type="submit" tone="primary" busy={busy} disabled={!name.trim()}>{t("app.save")}</Button></div>
      </form>
    </>
  );
}
