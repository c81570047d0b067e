import { Download, Eye, FileText, ImageOff, Play } from "lucide-react";
import { lazy, Suspense, useState, type CSSProperties } from "react";
import { sizeText } from "../media/limits";
import type { Track } from "../media/player";
import { fileUrl, useFileUrl } from "../media/useFileUrl";
import { VoiceNote } from "../media/VoiceNote";
import { useHost } from "./host";
import type { Content, Message } from "./model";
import { RichText } from "./RichText";

const Lightbox = lazy(() => import("../media/Lightbox"));
const PdfView = lazy(() => import("../media/PdfView"));

export type AttachmentContent = Extract<Content, { kind: "attachment" }>;

/** Pictures keep their shape between these bounds, so that their place is known before they come. */
const WIDTH = 300;
const MIN_HEIGHT = 96;
const MAX_HEIGHT = 340;

export function boxOf(width: number | undefined, height: number | undefined): { width: number; height: number } {
  const ratio = width && height ? height / width : 3 / 4;
  const tall = Math.round(WIDTH * ratio);
  if (tall > MAX_HEIGHT) return { width: Math.max(140, Math.round(MAX_HEIGHT / ratio)), height: MAX_HEIGHT };
  return { width: WIDTH, height: Math.max(MIN_HEIGHT, tall) };
}

interface Props {
  message: Message;
  content: AttachmentContent;
  nextVoice: (() => Track | undefined) | undefined;
}

function Waiting({ content }: { content: AttachmentContent }) {
  const { t } = useHost();
  const failed = content.state === "failed";
  return (
    <div className="cv-media-wait" role="status" data-failed={failed}>
      {failed ? <ImageOff size={20} strokeWidth={1.75} aria-hidden="true" /> : <Download size={20} strokeWidth={1.75} aria-hidden="true" />}
      <span>{t(failed ? "message.media_failed" : "message.fetching")}</span>
    </div>
  );
}

function Picture({ message, content }: Props) {
  const { t } = useHost();
  const [open, setOpen] = useState(false);
  const [broken, setBroken] = useState(false);
  const file = content.file;
  const url = useFileUrl(file?.id, message.local_url);
  const sticker = content.media === "sticker";
  const box = sticker ? { width: 128, height: 128 } : boxOf(file?.width, file?.height);
  const name = content.caption ?? file?.name ?? t(sticker ? "message.sticker" : "message.image");
  const style = { "--w": `${box.width}px`, "--ratio": `${box.width} / ${box.height}` } as CSSProperties;
  if (broken || url.state === "failed") return <Waiting content={{ ...content, state: "failed" }} />;
  const image = url.state === "ready" ? <img src={url.url} alt={name} loading="lazy" decoding="async" onError={() => setBroken(true)} /> : null;
  if (sticker) return <div className="cv-picture cv-sticker" style={style}>{image}</div>;
  return (
    <>
      <button type="button" className="cv-picture" style={style} onClick={() => setOpen(true)} aria-label={`${t("message.image_open")}: ${name}`}>{image}</button>
      {open && url.state === "ready" ? <Suspense fallback={null}><Lightbox url={url.url} name={name} onClose={() => setOpen(false)} /></Suspense> : null}
    </>
  );
}

function Film({ message, content }: Props) {
  const { t } = useHost();
  const [play, setPlay] = useState(false);
  const file = content.file;
  const url = useFileUrl(file?.id, message.local_url);
  const box = boxOf(file?.width ?? 16, file?.height ?? 9);
  const style = { "--w": `${box.width}px`, "--ratio": `${box.width} / ${box.height}` } as CSSProperties;
  if (play && url.state === "ready") {
    return <video className="cv-picture" style={style} src={url.url} controls autoPlay aria-label={content.caption ?? t("message.video")} />;
  }
  return (
    <button type="button" className="cv-picture cv-film" style={style} onClick={() => setPlay(true)} aria-label={`${t("player.play")}: ${content.caption ?? t("message.video")}`}>
      {url.state === "ready" ? <video src={`${url.url}#t=0.1`} preload="metadata" muted playsInline tabIndex={-1} aria-hidden="true" /> : null}
      <span className="cv-film-play"><Play size={20} fill="currentColor" strokeWidth={0} /></span>
    </button>
  );
}

function typeLabel(name: string, mime: string | undefined): string {
  const ending = name.includes(".") ? name.split(".").at(-1) : undefined;
  return (ending && ending.length <= 5 ? ending : (mime?.split("/").at(-1) ?? "")).slice(0, 5).toUpperCase();
}

function Document({ message, content }: Props) {
  const { t, api, locale, toast } = useHost();
  const file = content.file;
  const name = content.file_name ?? file?.name ?? t("message.file");
  const kind = typeLabel(name, file?.mime_type);
  const [page, setPage] = useState<string>();
  const pdf = (file?.mime_type === "application/pdf" || kind === "PDF") && navigator.pdfViewerEnabled;
  const open = async () => {
    if (pdf) {
      const url = message.local_url ?? (file ? await fileUrl(api, file.id).catch(() => undefined) : undefined);
      if (url) setPage(url);
      else toast(t("message.media_failed"));
      return;
    }
    // The window is opened within the click: one that opens after a wait would be blocked.
    const tab = window.open("about:blank", "_blank");
    if (tab) tab.opener = null;
    const url = message.local_url ?? (file ? await api.fileUrl(file.id).catch(() => undefined) : undefined);
    if (url && tab) tab.location.replace(url);
    else tab?.close();
  };
  return (
    <>
    {page ? <Suspense fallback={null}><PdfView url={page} name={name} onClose={() => setPage(undefined)} /></Suspense> : null}
    <button type="button" className="cv-document" onClick={() => void open()} aria-label={t("message.open_file", { name })}>
      <span className="cv-document-icon" data-kind={kind}><FileText size={20} strokeWidth={1.75} aria-hidden="true" /></span>
      <span className="cv-document-words">
        <span className="cv-document-name" title={name}>{name}</span>
        <span className="cv-document-meta">{[kind, file ? sizeText(file.size, locale) : ""].filter(Boolean).join(" · ")}</span>
      </span>
      {pdf ? <Eye size={16} strokeWidth={1.75} aria-hidden="true" /> : <Download size={16} strokeWidth={1.75} aria-hidden="true" />}
    </button>
    </>
  );
}

function Body(props: Props) {
  const { content, message, nextVoice } = props;
  if (!message.local_url && (content.state !== "ready" || !content.file)) return <Waiting content={content} />;
  switch (content.media) {
    case "image":
    case "sticker":
      return <Picture {...props} />;
    case "video":
      return <Film {...props} />;
    case "audio":
      return (
        <VoiceNote
          id={content.file?.id ?? message.client_key ?? String(message.id)} size={content.file?.size ?? 0} voice={content.voice === true}
          durationMs={content.file?.duration_ms} waveform={content.file?.waveform} local={message.local_url} next={nextVoice}
        />
      );
    default:
      return <Document {...props} />;
  }
}

/** A picture, film, sound or document, with its caption and, while it goes out, how far it has come. */
export function MediaContent(props: Props) {
  const { t, locale } = useHost();
  const { progress, state } = props.message;
  const uploading = progress !== undefined && progress < 1 && state === "pending";
  return (
    <div className="cv-media">
      <Body {...props} />
      {uploading ? (
        <div className="cv-upload" role="progressbar" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(progress * 100)}
          aria-label={t("message.uploading", { share: new Intl.NumberFormat(locale, { style: "percent" }).format(progress) })}
        >
          <i style={{ "--done": progress } as CSSProperties} />
        </div>
      ) : null}
      {props.content.caption ? <RichText text={props.content.caption} /> : null}
    </div>
  );
}
