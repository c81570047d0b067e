import { ListChecks, Plus } from "lucide-react";
import { useState, type FormEvent } from "react";
import { codeAt, problemText } from "../api/problem";
import type { CustomField } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { ICON } from "../ui/icon";
import { SelectField } from "../ui/SelectField";
import { EmptyState } from "../ui/State";
import { TextField } from "../ui/TextField";
import { Ordered } from "./Ordered";
import { useSaving } from "./useSaving";
import { useUsage } from "./useUsage";
import "../people/people.css";
import "./dictionary.css";

const TYPES = ["text", "list", "checkbox", "email", "number", "url", "date", "time"] as const;

/** What the workspace wants to know of its contacts. */
export default function FieldsPage() {
  const { t } = useWords();
  const { fields } = useWorkspace();
  const [open, setOpen] = useState<CustomField | "new">();
  const create = <Button tone="primary" onClick={() => setOpen("new")}><Plus {...ICON} />{t("fields.new")}</Button>;
  return (
    <>
      <header className="settings-head">
        <div><h2>{t("fields.title")}</h2><p>{t("fields.lead")}</p></div>
        {fields.length > 0 ? create : null}
      </header>
      {fields.length === 0 ? <EmptyState icon={ListChecks} text={t("fields.empty")}>{create}</EmptyState> : (
        <Ordered
          items={fields} area="fields" path="fields" onOpen={setOpen}
          about={(one) => <><strong>{one.name}{one.hidden ? <em> · {t("fields.is_hidden")}</em> : null}</strong><small>{[t(`fields.type_${one.type}`), one.slug, one.description].filter(Boolean).join(" · ")}</small></>}
        />
      )}
      {open ? <FieldDialog field={open === "new" ? undefined : open} onClose={() => setOpen(undefined)} /> : null}
    </>
  );
}

function FieldDialog({ field, onClose }: { field: CustomField | undefined; onClose: () => void }) {
  const { t } = useWords();
  const { request, may } = useWorkspace();
  const [name, setName] = useState(field?.name ?? "");
  const [slug, setSlug] = useState("");
  const [type, setType] = useState<CustomField["type"]>(field?.type ?? "text");
  const [options, setOptions] = useState((field?.options ?? []).join("\n"));
  const [description, setDescription] = useState(field?.description ?? "");
  const [hidden, setHidden] = useState(field?.hidden ?? false);
  const [sure, setSure] = useState(false);
  const { busy, error, code, send } = useSaving(onClose);
  const used = useUsage(field && { field: `custom:${field.slug}`, operator: field.type === "checkbox" ? "is_equal_to" : "exists", ...(field.type === "checkbox" ? { value: true } : {}) }, sure, "fields.used");
  const path = field ? `fields/${encodeURIComponent(field.id)}` : "fields";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const listed = options.split("\n").map((one) => one.trim()).filter(Boolean);
    const common = { name: name.trim(), description: description.trim(), hidden, ...(type === "list" ? { options: listed } : {}) };
    send(field ? request("PATCH", path, { body: common }) : request("POST", path, { body: { ...common, type, ...(slug.trim() ? { slug: slug.trim() } : {}) } }), "fields.saved");
  };
  const taken = code === "name_taken" ? t("error.name_taken") : undefined;
  const wrongSlug = code === "slug_taken" ? t("fields.slug_taken") : codeAt(error, "/slug") ? t("fields.slug_wrong") : undefined;
  const wrongOptions = /"pointer":"\/options/.test(JSON.stringify(error ?? "")) || codeAt(error, "/options") ? t("fields.options_wrong") : undefined;
  return (
    <Dialog
      title={field ? field.name : t("fields.new")} open onClose={onClose}
      foot={(
        <>
          {field && may("field_delete") ? <Button tone="danger" busy={busy && sure} onClick={() => (sure ? send(request("DELETE", path), "fields.deleted") : setSure(true))}>{t(sure ? "fields.delete_sure" : "fields.delete")}</Button> : null}
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button type="submit" form="field" tone="primary" busy={busy && !sure} disabled={!name.trim()}>{t("app.save")}</Button>
        </>
      )}
    >
      <form id="field" className="ui-form" onSubmit={submit}>
        <TextField label={t("fields.name")} problem={taken} required maxLength={50} value={name} onChange={(event) => setName(event.target.value)} />
        {field ? <p className="ui-hint">{t(`fields.type_${field.type}`)} · {field.slug}</p> : (
          <>
            <SelectField label={t("fields.type")} value={type} onChange={(event) => setType(event.target.value as CustomField["type"])}>
              {TYPES.map((one) => <option key={one} value={one}>{t(`fields.type_${one}`)}</option>)}
            </SelectField>
            <p className="ui-hint">{t("fields.type_hint")}</p>
            <TextField label={t("fields.slug")} hint={t("fields.slug_hint")} problem={wrongSlug} maxLength={50} value={slug} onChange={(event) => setSlug(event.target.value)} />
          </>
        )}
        {type === "list" ? (
          <div className="ui-field" data-wrong={wrongOptions !== undefined}>
            <label htmlFor="field-options">{t("fields.options")}</label>
            <textarea id="field-options" className="ui-input" rows={6} required aria-describedby="field-options-hint" value={options} onChange={(event) => setOptions(event.target.value)} />
            {wrongOptions ? <p className="ui-problem" role="alert">{wrongOptions}</p> : null}
            <p id="field-options-hint" className="ui-hint">{t("fields.options_hint")}</p>
          </div>
        ) : null}
        <TextField label={t("fields.description")} maxLength={255} value={description} onChange={(event) => setDescription(event.target.value)} />
        <label className="dictionary-tick"><input type="checkbox" checked={hidden} onChange={(event) => setHidden(event.target.checked)} /><span>{t("fields.hidden")}</span></label>
        {sure ? <p className="ui-note" role="status">{used} {t("fields.delete_lead")}</p> : null}
        {error !== undefined && !taken && !wrongSlug && !wrongOptions ? <p className="ui-problem" role="alert">{problemText(error, t, "fields.save_failed")}</p> : null}
      </form>
    </Dialog>
  );
}
