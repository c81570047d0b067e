import { ArrowLeft, FileUp, FileText, MapPin, Search } from "lucide-react";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { uploadFile } from "../media/upload";
import { mimeOf } from "../media/limits";
import { useHost } from "../thread/host";
import type { OutboundContent, Template } from "../thread/model";
import { RichText } from "../thread/RichText";
import { Field, Sheet } from "./Sheet";
import { fieldProblem, fill, parametersOf, searchTemplates, shapeOf, titleOf, type TemplateField } from "./template";

export interface ChosenTemplate {
  content: Extract<OutboundContent, { kind: "template" }>;
  text: string;
  header?: string;
  footer?: string;
  buttons: string[];
}

const ACCEPT = { image: "image/jpeg,image/png", video: "video/mp4,video/3gpp", document: "*/*", location: "" } as const;

export default function TemplatePicker({ channel, contactName, onSend, onClose }: {
  channel: string;
  contactName: string;
  onSend: (chosen: ChosenTemplate) => void;
  onClose: () => void;
}) {
  const { t, api } = useHost();
  const [templates, setTemplates] = useState<readonly Template[] | "failed">();
  const [chosen, setChosen] = useState<Template>();
  useEffect(() => {
    let live = true;
    api.templates(channel).then(
      (all) => live && setTemplates(all.filter((template) => template.status === "approved")),
      () => live && setTemplates("failed"),
    );
    return () => {
      live = false;
    };
  }, [api, channel]);
  if (chosen) return <Filling template={chosen} contactName={contactName} onBack={() => setChosen(undefined)} onSend={onSend} onClose={onClose} />;
  return (
    <Sheet title={t("template.title")} onClose={onClose}>
      <Choosing templates={templates} onChoose={setChosen} />
    </Sheet>
  );
}

function Choosing({ templates, onChoose }: { templates: readonly Template[] | "failed" | undefined; onChoose: (template: Template) => void }) {
  const { t } = useHost();
  const [query, setQuery] = useState("");
  if (templates === undefined) return <div className="cv-template-wait" role="status" aria-label={t("thread.loading")}><i /><i /><i /></div>;
  if (templates === "failed") return <p className="cv-note">{t("template.failed")}</p>;
  if (templates.length === 0) return <p className="cv-note">{t("template.empty")}</p>;
  const found = searchTemplates(templates, query);
  return (
    <>
      <div className="cv-search">
        <Search size={16} strokeWidth={1.75} aria-hidden="true" />
        <input type="search" value={query} onChange={(event) => setQuery(event.target.value)} placeholder={t("template.search")} aria-label={t("template.search")} autoFocus />
      </div>
      <ul className="cv-template-list">
        {found.map((template) => (
          <li key={`${template.name}|${template.language}`}>
            <button type="button" onClick={() => onChoose(template)}>
              <span><strong>{titleOf(template)}</strong><small>{t(`template.category_${template.category}`)} · {template.language}</small></span>
              <span className="cv-template-text">{shapeOf(template).body}</span>
            </button>
          </li>
        ))}
      </ul>
      {found.length === 0 ? <p className="cv-note">{t("template.none")}</p> : null}
    </>
  );
}

function labelOf(field: TemplateField, t: (key: string, args?: Record<string, string>) => string): string {
  if (field.part === "header") return t("template.field_header", { name: field.name });
  if (field.button) return t(field.button.kind === "url" ? "template.field_url" : "template.field_code", { name: field.name });
  return /^\d+$/.test(field.name) ? t("template.field", { name: field.name }) : titleOf(field);
}

function Filling({ template, contactName, onBack, onSend, onClose }: {
  template: Template;
  contactName: string;
  onBack: () => void;
  onSend: (chosen: ChosenTemplate) => void;
  onClose: () => void;
}) {
  const { t, api } = useHost();
  const shape = useMemo(() => shapeOf(template), [template]);
  const [values, setValues] = useState<Record<string, string>>({});
  const [file, setFile] = useState<File>();
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const base = useId();
  const problems = shape.fields.filter((field) => fieldProblem(values[field.key]) !== undefined);
  const firstBody = shape.fields.find((field) => field.part === "body")?.key;
  const needsFile = shape.media !== undefined && shape.media !== "location";
  const impossible = shape.media === "location";

  const send = async () => {
    setTried(true);
    if (problems.length > 0 || (needsFile && !file) || impossible) {
      const first = problems[0];
      if (first) document.getElementById(`${base}-${first.key}`)?.focus();
      return;
    }
    setBusy(true);
    try {
      const fileId = file ? await uploadFile(api, { blob: file, name: file.name, mime: mimeOf(file) }, () => undefined) : undefined;
      const header = shape.header?.text ? fill(shape.header.text, "header", values) : undefined;
      onSend({
        content: { kind: "template", name: template.name, language: template.language, parameters: parametersOf(template, values, fileId) },
        text: fill(shape.body, "body", values),
        ...(header ? { header } : {}),
        ...(shape.footer ? { footer: shape.footer } : {}),
        buttons: shape.buttons.map((button) => button.text ?? "").filter(Boolean),
      });
      onClose();
    } catch {
      setFailed(true);
      setBusy(false);
    }
  };

  return (
    <Sheet
      title={titleOf(template)} onClose={onClose}
      foot={(
        <>
          <button type="button" className="cv-button" onClick={onBack}><ArrowLeft size={16} strokeWidth={1.75} aria-hidden="true" />{t("template.back")}</button>
          <button type="button" className="cv-button cv-primary" onClick={() => void send()} disabled={busy || impossible}>{t("composer.send")}</button>
        </>
      )}
    >
      <div className="cv-template-fill">
        <div>
          {needsFile ? (
            <Field id={`${base}-file`} label={t("template.header_file")} problem={tried && !file ? t("template.missing") : undefined}>
              <button id={`${base}-file`} type="button" className="cv-button" onClick={() => picker.current?.click()}>
                <FileUp size={16} strokeWidth={1.75} aria-hidden="true" />{file?.name ?? t("template.choose_file")}
              </button>
              <input ref={picker} type="file" hidden accept={ACCEPT[shape.media ?? "document"]} onChange={(event) => setFile(event.target.files?.[0])} />
            </Field>
          ) : null}
          {impossible ? <p className="cv-note">{t("template.location_unsupported")}</p> : null}
          {shape.fields.map((field, index) => {
            const problem = fieldProblem(values[field.key]);
            const shown = problem && (tried || (problem !== "missing" && values[field.key])) ? t(`template.${problem}`) : undefined;
            const id = `${base}-${field.key}`;
            return (
              <Field key={field.key} id={id} label={labelOf(field, t)} problem={shown}>
                <input
                  id={id} value={values[field.key] ?? ""} autoFocus={index === 0} aria-invalid={shown !== undefined} aria-describedby={shown ? `${id}-problem` : undefined}
                  autoComplete="off"
                  onChange={(event) => setValues({ ...values, [field.key]: event.target.value })}
                />
                {field.key === firstBody && !values[field.key] ? (
                  <button type="button" className="cv-suggest" onClick={() => setValues({ ...values, [field.key]: contactName })}>{t("template.use_name", { name: contactName })}</button>
                ) : null}
              </Field>
            );
          })}
          {failed ? <p className="cv-note" role="alert">{t("failure.media_failed")}</p> : null}
        </div>
        <div className="cv-template-preview" aria-label={t("template.preview")} role="group">
          <small>{t("template.preview")}</small>
          <div className="cv-bubble cv-preview-bubble" data-shape="words">
            {shape.media ? <div className="cv-preview-media">{shape.media === "location" ? <MapPin size={20} strokeWidth={1.75} /> : <FileText size={20} strokeWidth={1.75} />}{file?.name}</div> : null}
            {shape.header?.text ? <strong className="cv-part-head">{fill(shape.header.text, "header", values)}</strong> : null}
            <RichText text={fill(shape.body, "body", values)} />
            {shape.footer ? <p className="cv-card-meta">{shape.footer}</p> : null}
            {shape.buttons.length > 0 ? <ul className="cv-choices">{shape.buttons.map((button, index) => <li key={index}>{button.text}</li>)}</ul> : null}
          </div>
        </div>
      </div>
    </Sheet>
  );
}
