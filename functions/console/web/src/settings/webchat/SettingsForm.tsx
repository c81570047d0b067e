import type { FormEvent } from "react";
import { codeAt } from "../../api/problem";
import { useWords } from "../../i18n";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/TextField";
import { Choices } from "../Choices";
import { FIELDS, LENGTHS, originOf, type PrechatName, type WebchatSettings } from "./api";
import { TextArea } from "./TextArea";

export interface Draft { settings: WebchatSettings; sites: string }

export const sitesOf = (text: string) => text.split(/[\n,]/).map((one) => one.trim()).filter(Boolean);
const HEX = /^#[0-9a-f]{6}$/i;
const over = (text: string, limit: number) => Math.max(0, [...text].length - limit);

/** Whether it can be sent at all. */
export function sound({ settings, sites }: Draft): boolean {
  return HEX.test(settings.colour) && sitesOf(sites).every((one) => originOf(one) !== undefined)
    && (Object.keys(LENGTHS) as (keyof typeof LENGTHS)[]).every((key) => over(settings[key], LENGTHS[key]) === 0)
    && (!settings.avatar_url || /^https:\/\/[^\s/]+/i.test(settings.avatar_url)) && !(settings.prechat.enabled && settings.prechat.fields.length === 0);
}

/** How the chat looks, what it says and asks, and where it may stand. */
export function SettingsForm({ draft, onChange, onSubmit, onUndo, busy, dirty, error, disabled }: { draft: Draft; onChange: (draft: Draft) => void; onSubmit: () => void; onUndo: () => void; busy: boolean; dirty: boolean; error: unknown; disabled: boolean }) {
  const { t } = useWords();
  const { settings, sites } = draft;
  const change = (part: Partial<WebchatSettings>) => onChange({ ...draft, settings: { ...settings, ...part } });
  const refused = (pointer: string) => (codeAt(error, pointer) ? t("webchat.invalid") : undefined);
  const long = (key: keyof typeof LENGTHS) => {
    const count = over(settings[key], LENGTHS[key]);
    return count > 0 ? t("webchat.too_long", { count }) : refused(`/${key}`);
  };
  const wrongSite = sitesOf(sites).find((one, place) => originOf(one) === undefined || codeAt(error, `/allowed_origins/${place}`));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form className="webchat-form" onSubmit={submit} noValidate>
      <fieldset className="panel ui-form plain-set" disabled={disabled}>
        <legend className="panel-title">{t("webchat.look")}</legend>
        <TextField label={t("webchat.title")} hint={t("webchat.title_hint")} problem={long("title")} value={settings.title} onChange={(event) => change({ title: event.target.value })} />
        <div className="pair">
          <Colour value={settings.colour} problem={HEX.test(settings.colour) ? refused("/colour") : t("webchat.colour_invalid")} onChange={(colour) => change({ colour })} />
          <TextField
            label={t("webchat.avatar")} hint={t("webchat.avatar_hint")} type="url" inputMode="url" placeholder="https://" autoComplete="off" value={settings.avatar_url ?? ""}
            problem={settings.avatar_url && !/^https:\/\/[^\s/]+/i.test(settings.avatar_url) ? t("webchat.avatar_invalid") : refused("/avatar_url")}
            onChange={(event) => change({ avatar_url: event.target.value })}
          />
        </div>
        <Choices legend={t("webchat.icon")} value={settings.icon} onChange={(icon) => change({ icon })} options={(["chat", "question", "hand"] as const).map((value) => ({ value, label: t(`webchat.icon_${value}`) }))} />
        <Choices legend={t("webchat.position")} value={settings.position} onChange={(position) => change({ position })} options={(["left", "right"] as const).map((value) => ({ value, label: t(`webchat.position_${value}`) }))} />
        <Choices legend={t("webchat.language")} value={settings.language} onChange={(language) => change({ language })} options={(["auto", "es", "en"] as const).map((value) => ({ value, label: t(`webchat.language_${value}`) }))} />
      </fieldset>
      <fieldset className="panel ui-form plain-set" disabled={disabled}>
        <legend className="panel-title">{t("webchat.words")}</legend>
        <TextArea label={t("webchat.welcome")} hint={t("webchat.welcome_hint")} problem={long("welcome")} value={settings.welcome} onChange={(welcome) => change({ welcome })} />
        <TextArea label={t("webchat.offline")} hint={t("webchat.offline_hint")} problem={long("offline_note")} rows={2} value={settings.offline_note} onChange={(offline_note) => change({ offline_note })} />
      </fieldset>
      <PrechatFields prechat={settings.prechat} disabled={disabled} onChange={(prechat) => change({ prechat })} />
      <fieldset className="panel ui-form plain-set" disabled={disabled}>
        <legend className="panel-title">{t("webchat.origins")}</legend>
        <TextArea label={t("webchat.origins")} hint={t("webchat.origins_hint")} placeholder="https://" problem={wrongSite === undefined ? undefined : t("webchat.origin_invalid", { site: wrongSite })} value={sites} onChange={(next) => onChange({ ...draft, sites: next })} />
        {sitesOf(sites).length === 0 ? <p className="ui-note">{t("webchat.origins_none")}</p> : null}
      </fieldset>
      {disabled ? null : (
        <div className="panel-foot webchat-foot">
          <Button type="submit" tone="primary" busy={busy} disabled={!dirty || !sound(draft)}>{t("webchat.save")}</Button>
          {dirty ? <Button onClick={onUndo}>{t("webchat.undo")}</Button> : null}
          <span role="status">{dirty ? t("webchat.unsaved") : ""}</span>
        </div>
      )}
    </form>
  );
}

function Colour({ value, problem, onChange }: { value: string; problem: string | undefined; onChange: (value: string) => void }) {
  const { t } = useWords();
  return (
    <div className="colour">
      <TextField label={t("webchat.colour")} hint={t("webchat.colour_hint")} problem={problem} autoComplete="off" spellCheck={false} maxLength={7} value={value} onChange={(event) => onChange(event.target.value)} />
      <input type="color" aria-label={t("webchat.colour")} value={HEX.test(value) ? value : "#000000"} onChange={(event) => onChange(event.target.value)} />
    </div>
  );
}

function PrechatFields({ prechat, onChange, disabled }: { prechat: WebchatSettings["prechat"]; onChange: (prechat: WebchatSettings["prechat"]) => void; disabled: boolean }) {
  const { t } = useWords();
  const held = (name: PrechatName) => prechat.fields.find((one) => one.name === name);
  const put = (name: PrechatName, next: { required: boolean } | undefined) => {
    const others = prechat.fields.filter((one) => one.name !== name);
    const fields = [...others, ...(next ? [{ name, ...next }] : [])].sort((one, other) => FIELDS.indexOf(one.name) - FIELDS.indexOf(other.name));
    onChange({ ...prechat, fields });
  };
  return (
    <fieldset className="panel ui-form plain-set" disabled={disabled}>
      <legend className="panel-title">{t("webchat.prechat")}</legend>
      <p className="ui-hint">{t("webchat.prechat_hint")}</p>
      <label className="ui-check"><input type="checkbox" checked={prechat.enabled} onChange={(event) => onChange({ ...prechat, enabled: event.target.checked })} /><span>{t("webchat.prechat_enabled")}</span></label>
      {prechat.enabled ? (
        <ul className="prechat-fields">
          {FIELDS.map((name) => (
            <li key={name}>
              <label className="ui-check"><input type="checkbox" checked={held(name) !== undefined} onChange={(event) => put(name, event.target.checked ? { required: false } : undefined)} /><span>{t(`webchat.field_${name}`)}</span></label>
              <label className="ui-check"><input type="checkbox" aria-label={t("webchat.field_required_for", { field: t(`webchat.field_${name}`) })} disabled={!held(name)} checked={held(name)?.required ?? false} onChange={(event) => put(name, { required: event.target.checked })} /><span>{t("webchat.field_required")}</span></label>
            </li>
          ))}
        </ul>
      ) : null}
      {prechat.enabled && prechat.fields.length === 0 ? <p className="ui-problem" role="alert">{t("webchat.prechat_none")}</p> : null}
    </fieldset>
  );
}
