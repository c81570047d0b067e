import { ChevronsUpDown } from "lucide-react";
import { useState } from "react";
import type { CustomField, Profile } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Combobox } from "../ui/Combobox";
import { ICON } from "../ui/icon";
import type { Save } from "./Details";
import { EditableValue } from "./EditableValue";

const INPUTS: Record<string, string> = { text: "text", email: "email", number: "text", url: "url", date: "date", time: "time" };

/** The workspace's own fields, each edited as its type wants. */
export function CustomFields({ profile, editable, save }: { profile: Profile; editable: boolean; save: Save }) {
  const { t } = useWords();
  const { fields } = useWorkspace();
  const [all, setAll] = useState(false);
  if (fields.length === 0) return null;
  const hidden = fields.filter((field) => field.hidden).length;
  const shown = fields.filter((field) => all || !field.hidden);
  return (
    <section className="contact-section" aria-label={t("contact.fields")}>
      <h3>{t("contact.fields")}</h3>
      <dl className="facts">{shown.map((field) => <Field key={field.id} field={field} value={profile.fields[field.slug]} editable={editable} save={save} />)}</dl>
      {hidden > 0 ? <Button tone="quiet" aria-expanded={all} onClick={() => setAll(!all)}>{t(all ? "fields.less" : "fields.more")}</Button> : null}
    </section>
  );
}

function Field({ field, value, editable, save }: { field: CustomField; value: unknown; editable: boolean; save: Save }) {
  const { number, locale, region } = useWords();
  const put = (next: unknown) => save({ fields: { [field.slug]: next } }, `/fields/${field.slug}`);
  if (field.type === "checkbox") return <Tick field={field} value={value} editable={editable} put={put} />;
  if (field.type === "list") return <Choice field={field} value={value} editable={editable} put={put} />;
  const text = value === undefined || value === null ? "" : String(value);
  const shown = field.type === "number" && text !== "" ? number(Number(text)) : field.type === "date" && /^\d{4}-\d\d-\d\d$/.test(text)
    ? new Intl.DateTimeFormat(region, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(Date.parse(`${text}T00:00:00Z`)) : undefined;
  const read = (typed: string): unknown => {
    if (typed === "") return null;
    if (field.type !== "number") return typed;
    const plain = Number(locale === "es" && typed.includes(",") ? typed.replaceAll(".", "").replace(",", ".") : typed);
    return Number.isFinite(plain) ? plain : typed;
  };
  return <EditableValue label={field.name} value={text} shown={shown} type={INPUTS[field.type] ?? "text"} editable={editable} onSave={(next) => put(read(next))} />;
}

interface PartProps { field: CustomField; value: unknown; editable: boolean; put: (value: unknown) => Promise<string | undefined> }

function Tick({ field, value, editable, put }: PartProps) {
  const { t } = useWords();
  const [problem, setProblem] = useState<string>();
  return (
    <div className="fact">
      <dt>{field.name}</dt>
      <dd>
        <label className="fact-tick">
          <input type="checkbox" checked={value === true} disabled={!editable} aria-label={field.name} onChange={(event) => void put(event.target.checked).then(setProblem)} />
          {t(value === true ? "contact.yes" : "contact.no")}
        </label>
        {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
      </dd>
    </div>
  );
}

function Choice({ field, value, editable, put }: PartProps) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  const [problem, setProblem] = useState<string>();
  const text = typeof value === "string" ? value : "";
  const options = [...(text ? [{ value: "", label: t("app.none") }] : []), ...(field.options ?? []).map((one) => ({ value: one, label: one }))];
  return (
    <div className="fact">
      <dt>{field.name}</dt>
      <dd>
        {editable ? (
          <Combobox
            trigger={<button type="button" className="fact-value" aria-label={t("contact.edit", { field: `${field.name}: ${text}` })} title={text}>{text ? <span className="ellipsis">{text}</span> : <span className="fact-empty">{t("contact.add_value")}</span>}<ChevronsUpDown {...ICON} /></button>}
            label={field.name} placeholder={t("app.search")} empty={t("palette.empty")} options={options} value={text} open={open} onOpenChange={setOpen} align="end"
            onPick={(next) => void put(next === "" ? null : next).then(setProblem)}
          />
        ) : <span className="fact-value ellipsis">{text || "–"}</span>}
        {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
      </dd>
    </div>
  );
}
