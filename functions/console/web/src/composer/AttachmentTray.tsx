import { FileText, Film, Music, Plus, X } from "lucide-react";
import { judgeFile, sizeText, type FileVerdict } from "../media/limits";
import { useHost } from "../thread/host";
import type { MediaCapability } from "../thread/model";

/** A file that the workspace already has, such as a snippet's. */
export interface StoredFile {
  id: string;
  name: string;
  type: string;
  size: number;
}

export interface TrayFile {
  key: string;
  file: File | StoredFile;
  asFile: boolean;
  /** A picture's preview. */
  url?: string | undefined;
}

export function verdictOf(one: TrayFile, taken: readonly MediaCapability[]): FileVerdict {
  return judgeFile(one.file, taken, one.asFile);
}

/** What will be attached, with what stands against it; the caption is the composer's text. */
export function AttachmentTray({ files, taken, onChange, onAdd }: { files: TrayFile[]; taken: readonly MediaCapability[]; onChange: (files: TrayFile[]) => void; onAdd: () => void }) {
  const { t, locale } = useHost();
  return (
    <div className="cv-tray" role="group" aria-label={t("attach.title", { count: files.length })}>
      {files.map((one) => {
        const verdict = verdictOf(one, taken);
        const sizes = { size: sizeText(one.file.size, locale), max: sizeText(verdict.max, locale) };
        return (
          <div className="cv-tray-file" key={one.key} data-wrong={verdict.problem !== undefined}>
            <span className="cv-tray-icon">
              {one.url && verdict.media === "image" ? <img src={one.url} alt="" /> : verdict.media === "video" ? <Film size={20} strokeWidth={1.75} /> : verdict.media === "audio" ? <Music size={20} strokeWidth={1.75} /> : <FileText size={20} strokeWidth={1.75} />}
            </span>
            <span className="cv-tray-words">
              <span title={one.file.name}>{one.file.name}</span>
              {verdict.problem ? <small role="alert">{t(`attach.${verdict.problem}`, sizes)}</small> : <small>{sizes.size}{verdict.converted ? ` · ${t("attach.converted")}` : ""}</small>}
              {verdict.problem === "too_large_as_file" ? (
                <button type="button" onClick={() => onChange(files.map((other) => (other.key === one.key ? { ...other, asFile: true } : other)))}>{t("attach.as_file")}</button>
              ) : null}
            </span>
            <button type="button" className="cv-icon-button" onClick={() => onChange(files.filter((other) => other.key !== one.key))} aria-label={t("attach.remove", { name: one.file.name })}><X size={16} strokeWidth={1.75} /></button>
          </div>
        );
      })}
      <button type="button" className="cv-tray-add" onClick={onAdd} aria-label={t("attach.add")} title={t("attach.add")}><Plus size={20} strokeWidth={1.75} /></button>
    </div>
  );
}
