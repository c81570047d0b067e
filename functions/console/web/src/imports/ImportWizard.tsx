import { FileUp, TriangleAlert } from "lucide-react";
import { useRef, useState } from "react";
import { ApiError } from "../api/client";
import { problemText } from "../api/problem";
import { useWorkspace } from "../app/workspace";
import { tagLabel } from "../contact/tag";
import { useWords } from "../i18n";
import { uploadFile } from "../media/upload";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { ICON } from "../ui/icon";
import { SelectField } from "../ui/SelectField";
import { BYTES, missing, PURPOSES, TARGETS, type Identifier, type Import, type Mapped, type Preview, type Purpose } from "./model";

interface Slot { file: { id: string }; upload: { url: string; method: string; headers: Record<string, string> } }

/** Three steps: the file, what its columns hold, and what shall be done. */
export function ImportWizard({ onClose, onStarted }: { onClose: () => void; onStarted: (started: Import) => void }) {
  const { t, number } = useWords();
  const { request, fields, tags } = useWorkspace();
  const [step, setStep] = useState(1);
  const [file, setFile] = useState<{ id: string; name: string }>();
  const [preview, setPreview] = useState<Preview>();
  const [mapping, setMapping] = useState<Record<number, { target: string; keep: boolean }>>({});
  const [purpose, setPurpose] = useState<Purpose>("add_and_update");
  const [identifier, setIdentifier] = useState<Identifier>("phone");
  const [chosen, setChosen] = useState<string[]>([]);
  const [share, setShare] = useState<number>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [over, setOver] = useState(false);
  const picker = useRef<HTMLInputElement>(null);

  const told = (error: unknown) => {
    const code = error instanceof ApiError ? ((error.errors ?? []).find((one) => one.pointer === "/file_id")?.code ?? error.code) : "";
    const key = `import.wrong_${code}`;
    return t(key) === key ? problemText(error, t, "import.failed") : t(key);
  };
  const take = async (given: File | undefined) => {
    if (!given) return;
    setProblem(undefined);
    if (given.size === 0 || given.size > BYTES) {
      setProblem(t(given.size === 0 ? "import.wrong_no_rows" : "import.wrong_too_large"));
      return;
    }
    setBusy(true);
    setShare(0);
    try {
      const id = await uploadFile({
        createUpload: async (body) => {
          const slot = await request<Slot>("POST", "files", { body });
          return { fileId: slot.file.id, url: slot.upload.url, method: slot.upload.method, headers: slot.upload.headers };
        },
        completeUpload: async (done) => {
          await request("POST", `files/${done}/complete`);
          return { id: done } as never;
        },
      }, { blob: given, name: given.name, mime: given.type || "text/csv" }, setShare);
      const read = await request<Preview>("POST", "imports/preview", { body: { file_id: id } });
      setFile({ id, name: given.name });
      setPreview(read);
      setMapping(Object.fromEntries(read.columns.filter((one) => one.target).map((one) => [one.index, { target: one.target ?? "", keep: false }])));
      setStep(2);
    } catch (error) {
      setProblem(told(error));
    } finally {
      setBusy(false);
      setShare(undefined);
    }
  };

  const mapped: Mapped[] = Object.entries(mapping).filter(([, one]) => one.target).map(([index, one]) => ({ index: Number(index), ...one }));
  const lacking = missing(mapped, purpose, identifier);
  const targets = [...(purpose === "update" && identifier === "contact_id" ? ["contact_id"] : []), ...TARGETS, ...fields.map((field) => `custom:${field.slug}`)];
  const targetName = (target: string) => (target.startsWith("custom:") ? (fields.find((field) => `custom:${field.slug}` === target)?.name ?? target) : t(`import.target_${target}`));
  const updates = purpose === "update" || purpose === "add_and_update";
  const start = () => {
    if (!file) return;
    setBusy(true);
    setProblem(undefined);
    const body = { file_id: file.id, purpose, columns: mapped.map((one) => ({ ...one, keep: updates && one.keep })), tags: chosen, ...(purpose === "add_all" ? {} : { identifier }) };
    request<{ import: Import }>("POST", "imports", { body }).then(
      (answer) => onStarted(answer.import),
      (error: unknown) => {
        setBusy(false);
        setProblem(told(error));
      },
    );
  };
  const choose = (next: Purpose) => {
    setPurpose(next);
    if (next !== "update" && identifier === "contact_id") setIdentifier("phone");
  };

  const foot = step === 1
    ? <Button onClick={onClose}>{t("app.cancel")}</Button>
    : step === 2
      ? <><Button onClick={() => setStep(1)}>{t("import.back")}</Button><Button tone="primary" disabled={lacking !== undefined} onClick={() => setStep(3)}>{t("import.next")}</Button></>
      : <><Button onClick={() => setStep(2)}>{t("import.back")}</Button><Button tone="primary" busy={busy} onClick={start}>{t("import.start", { count: number(preview?.rows ?? 0) })}</Button></>;
  return (
    <Dialog title={t("import.new")} open wide onClose={onClose} foot={foot}>
      <ol className="steps">{[1, 2, 3].map((one) => <li key={one} aria-current={one === step ? "step" : undefined} data-done={one < step || undefined}><i aria-hidden="true">{one}</i><span>{t(`import.step${one}`)}</span></li>)}</ol>
      {step === 1 ? (
        <div
          className="import-drop" data-over={over || undefined} aria-busy={busy}
          onDragOver={(event) => { event.preventDefault(); setOver(true); }}
          onDragLeave={() => setOver(false)}
          onDrop={(event) => { event.preventDefault(); setOver(false); void take(event.dataTransfer.files[0]); }}
        >
          <FileUp size={32} strokeWidth={1.5} aria-hidden="true" />
          <p>{t("import.drop")}</p>
          <Button tone="primary" busy={busy} onClick={() => picker.current?.click()}>{t("import.choose")}</Button>
          <input ref={picker} type="file" accept=".csv,.txt,text/csv" hidden aria-label={t("import.choose")} onChange={(event) => void take(event.target.files?.[0])} />
          {share === undefined ? null : <progress max={1} value={share} aria-label={t("import.uploading")} />}
          <p className="ui-hint">{t("import.file_hint")}</p>
          <a className="import-sample" download="ejemplo.csv" href={SAMPLE}>{t("import.sample")}</a>
        </div>
      ) : null}
      {step === 2 && preview ? (
        <>
          <div className="pair">
            <SelectField label={t("import.purpose")} value={purpose} onChange={(event) => choose(event.target.value as Purpose)}>
              {PURPOSES.map((one) => <option key={one} value={one}>{t(`import.purpose_${one}`)}</option>)}
            </SelectField>
            {purpose === "add_all" ? null : (
              <SelectField label={t("import.identifier")} value={identifier} onChange={(event) => setIdentifier(event.target.value as Identifier)}>
                {(["phone", "email", ...(purpose === "update" ? ["contact_id"] : [])]).map((one) => <option key={one} value={one}>{t(`import.target_${one}`)}</option>)}
              </SelectField>
            )}
          </div>
          <p className="ui-hint">{t(`import.purpose_${purpose}_hint`)}</p>
          <div className="import-columns">
            <table aria-label={t("import.columns")}>
              <thead><tr><th scope="col">{t("import.column")}</th><th scope="col">{t("import.samples")}</th><th scope="col">{t("import.goes_to")}</th>{updates ? <th scope="col">{t("import.keep")}</th> : null}</tr></thead>
              <tbody>
                {preview.columns.map((column) => {
                  const held = mapping[column.index] ?? { target: "", keep: false };
                  const taken = (target: string) => target !== held.target && mapped.some((one) => one.target === target);
                  const name = column.header || t("import.unnamed", { number: column.index + 1 });
                  return (
                    <tr key={column.index}>
                      <th scope="row">{name}{column.twice ? <small className="ui-problem">{t("import.twice")}</small> : null}</th>
                      <td className="ellipsis">{column.samples.join(" · ")}</td>
                      <td>
                        <select className="ui-input" aria-label={t("import.goes_to_of", { name })} value={held.target} onChange={(event) => setMapping({ ...mapping, [column.index]: { ...held, target: event.target.value } })}>
                          <option value="">{t("import.skip")}</option>
                          {targets.map((target) => <option key={target} value={target} disabled={taken(target)}>{targetName(target)}</option>)}
                        </select>
                      </td>
                      {updates ? <td>{held.target && held.target !== identifier && held.target !== "tags" ? <input type="checkbox" aria-label={t("import.keep_of", { name })} checked={held.keep} onChange={(event) => setMapping({ ...mapping, [column.index]: { ...held, keep: event.target.checked } })} /> : null}</td> : null}
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
          {lacking ? <p className="ui-problem" role="alert">{t(lacking)}</p> : null}
        </>
      ) : null}
      {step === 3 && preview ? (
        <>
          <dl className="import-review">
            <dt>{t("import.file")}</dt><dd>{file?.name} · {t("import.rows", { count: preview.rows })}</dd>
            <dt>{t("import.purpose")}</dt><dd>{t(`import.purpose_${purpose}`)}{purpose === "add_all" ? "" : ` · ${t(`import.target_${identifier}`)}`}</dd>
            <dt>{t("import.columns")}</dt><dd>{mapped.map((one) => targetName(one.target)).join(", ")}</dd>
          </dl>
          {tags.length > 0 ? (
            <fieldset className="people-boxes">
              <legend className="ui-legend">{t("import.tags")}</legend>
              {tags.map((tag) => (
                <label key={tag.id}><input type="checkbox" checked={chosen.includes(tag.id)} onChange={() => setChosen((held) => (held.includes(tag.id) ? held.filter((id) => id !== tag.id) : [...held, tag.id]))} /><span>{tagLabel(tag)}</span></label>
              ))}
            </fieldset>
          ) : null}
          <p className="ui-note"><TriangleAlert {...ICON} /> {t("import.review_note")}</p>
        </>
      ) : null}
      {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
    </Dialog>
  );
}

const SAMPLE = `data:text/csv;charset=utf-8,${encodeURIComponent("\uFEFFNombre,Apellido,Teléfono,Correo,Etiquetas\nAna,Vélez,+593991234567,ana@ejemplo.example,Mayorista\nLuis,Paz,+593987654321,,\n")}`;
