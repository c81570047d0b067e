import { Paperclip, X } from "lucide-react";
import { useRef, useState, type FormEvent } from "react";
import { ApiError } from "../../api/client";
import { codeAt, problemText } from "../../api/problem";
import { useWorkspace } from "../../app/workspace";
import { useWords } from "../../i18n";
import { mimeOf } from "../../media/limits";
import { uploadFile } from "../../media/upload";
import { conversationApi } from "../../thread/api";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { ICON } from "../../ui/icon";
import { TextField } from "../../ui/TextField";
import { useToast } from "../../ui/Toast";
import { TextArea } from "../webchat/TextArea";

export interface Snippet {
  id: string;
  name: string;
  text: string;
  files?: string[];
  version: number;
}

interface Attached { id: string; name: string; share?: number }

const TEXT = 2000;
const FILES = 5;
/** Most that a file of the library may have. */
const FILE_BYTES = 20 * 1024 * 1024;
const VARIABLES = ["contact.firstname", "contact.name", "contact.phone", "contact.email", "contact.country", "assignee.firstname", "system.current_date"] as const;

/** Writes a snippet, changes one, or shows it to who may only use it. */
export function SnippetDialog({ snippet, writes, onClose }: { snippet: Snippet | undefined; writes: boolean; onClose: (changed: boolean) => void }) {
  const { t } = useWords();
  const { request, fields } = useWorkspace();
  const toast = useToast();
  const [id, setId] = useState(snippet?.id ?? "");
  const [name, setName] = useState(snippet?.name ?? "");
  const [text, setText] = useState(snippet?.text ?? "");
  const [files, setFiles] = useState<Attached[]>((snippet?.files ?? []).map((file, at) => ({ id: file, name: t("snippets.file", { number: at + 1 }) })));
  const [busy, setBusy] = useState(false);
  const [sure, setSure] = useState(false);
  const [error, setError] = useState<unknown>();
  const picker = useRef<HTMLInputElement>(null);
  const left = TEXT - [...text].length;

  const add = async (chosen: File[]) => {
    setError(undefined);
    const api = conversationApi((method, path, options) => request(method, path, options));
    for (const file of chosen.slice(0, FILES - files.length)) {
      if (file.size === 0 || file.size > FILE_BYTES) {
        setError(new ApiError(400, "snippet_file_size"));
        continue;
      }
      const key = crypto.randomUUID();
      setFiles((before) => [...before, { id: key, name: file.name, share: 0 }]);
      try {
        const stored = await uploadFile(api, { blob: file, name: file.name, mime: mimeOf(file) }, (share) => setFiles((before) => before.map((one) => (one.id === key ? { ...one, share } : one))));
        setFiles((before) => before.map((one) => (one.id === key ? { id: stored, name: file.name } : one)));
      } catch {
        setFiles((before) => before.filter((one) => one.id !== key));
        setError(new ApiError(0, "upload_failed"));
      }
    }
  };
  const done = (words: string) => {
    toast(t(words));
    onClose(true);
  };
  const send = (work: Promise<unknown>, words: string) => {
    setBusy(true);
    setError(undefined);
    work.then(() => done(words), (caught: unknown) => { setBusy(false); setSure(false); setError(caught); });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = { id: id.trim().replace(/^\//, ""), name, text, files: files.map((file) => file.id), version: snippet?.version ?? 0 };
    send(snippet ? request("PUT", `snippets/${encodeURIComponent(snippet.id)}`, { body }) : request("POST", "snippets", { body }), "snippets.saved");
  };
  const remove = () => snippet && send(request("DELETE", `snippets/${encodeURIComponent(snippet.id)}?version=${snippet.version}`), "snippets.deleted");

  const idProblem = codeAt(error, "/id") ? t("snippets.id_wrong") : error instanceof ApiError && error.code === "snippet_exists" ? t("error.snippet_exists") : undefined;
  const textProblem = codeAt(error, "/text") === "empty" ? t("snippets.text_missing") : left < 0 ? t("composer.too_long", { count: -left }) : undefined;
  const general = error !== undefined && !idProblem && !textProblem && !codeAt(error, "/name") ? problemText(error, t, "snippets.save_failed") : undefined;
  const uploading = files.some((file) => file.share !== undefined);
  const foot = !writes ? <Button onClick={() => onClose(false)}>{t("app.close")}</Button> : (
    <>
      {snippet ? <Button tone="danger" busy={busy && sure} onClick={() => (sure ? remove() : setSure(true))}>{t(sure ? "snippets.delete_sure" : "snippets.delete")}</Button> : null}
      <Button onClick={() => onClose(false)}>{t("app.cancel")}</Button>
      <Button type="submit" form="snippet" tone="primary" busy={busy && !sure} disabled={uploading || left < 0}>{t("app.save")}</Button>
    </>
  );
  return (
    <Dialog title={snippet ? `/${snippet.id}` : t("snippets.new")} open wide onClose={() => onClose(false)} foot={foot}>
      <form id="snippet" className="ui-form" onSubmit={submit}>
        <div className="pair">
          {snippet ? null : <TextField label={t("snippets.id")} hint={t("snippets.id_hint")} problem={idProblem} required maxLength={31} autoComplete="off" autoCapitalize="none" spellCheck={false} value={id} onChange={(event) => setId(event.target.value.toLowerCase())} />}
          <TextField label={t("snippets.name")} problem={codeAt(error, "/name") ? t("snippets.name_wrong") : undefined} required maxLength={100} readOnly={!writes} value={name} onChange={(event) => setName(event.target.value)} />
        </div>
        <TextArea label={t("snippets.text")} rows={6} value={text} problem={textProblem} onChange={(value) => writes && setText(value)} />
        {writes ? (
          <div className="snippets-variables" role="group" aria-label={t("snippets.variables")}>
            <span>{t("snippets.variables")}</span>
            {[...VARIABLES, ...fields.slice(0, 6).map((field) => `contact.${field.slug}`)].map((variable) => (
              <button key={variable} type="button" onClick={() => setText((before) => `${before}${before && !/\s$/.test(before) ? " " : ""}$${variable}`)}>${variable}</button>
            ))}
          </div>
        ) : null}
        <ul className="snippets-files" aria-label={t("snippets.files")}>
          {files.map((file) => (
            <li key={file.id}>
              <Paperclip {...ICON} /><span className="ellipsis">{file.name}</span>
              {file.share === undefined ? null : <progress value={file.share} max={1} aria-label={file.name} />}
              {writes ? <button type="button" className="ui-icon-button" aria-label={t("attach.remove", { name: file.name })} onClick={() => setFiles((before) => before.filter((one) => one.id !== file.id))}><X {...ICON} /></button> : null}
            </li>
          ))}
        </ul>
        {writes && files.length < FILES ? <div><Button onClick={() => picker.current?.click()}><Paperclip {...ICON} />{t("snippets.attach")}</Button></div> : null}
        <input ref={picker} type="file" multiple hidden onChange={(event) => { void add([...(event.target.files ?? [])]); event.target.value = ""; }} />
        {general ? <p className="ui-problem" role="alert">{general}</p> : null}
      </form>
    </Dialog>
  );
}
