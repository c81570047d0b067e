/** What the composer holds as messages for the outbox. */
import { mimeOf } from "../media/limits";
import { OGG_OPUS, type VoiceFile } from "../media/remux";
import type { AttachmentMedia, Capabilities, Interactive, Message, OutboundContent } from "../thread/model";
import type { Outgoing } from "../thread/outbox";
import { verdictOf, type StoredFile, type TrayFile } from "./AttachmentTray";
import type { ChosenTemplate } from "./TemplatePicker";

export interface Target {
  contactChannel: string;
  channel: string;
  replyTo?: Message | undefined;
  /** One line of the message that is answered. */
  preview: string;
}

/** Content that is shown just as it is sent. */
export type DirectContent = Extract<OutboundContent, { kind: "location" }> | ({ kind: "interactive" } & Interactive);

function base(target: Target, withReply: boolean): Pick<Outgoing, "contactChannel" | "channel" | "reply"> {
  const { contactChannel, channel, replyTo, preview } = target;
  return { contactChannel, channel, ...(replyTo && withReply ? { reply: { id: replyTo.id, preview, traffic: replyTo.traffic } } : {}) };
}

/** One message for each piece; the first carries the quote. */
export function textMessages(target: Target, pieces: readonly string[]): Outgoing[] {
  return pieces.map((text, index) => ({ ...base(target, index === 0), shown: { kind: "text", text }, content: { kind: "text", text, preview_url: true } }));
}

interface Sending {
  blob: Blob;
  name: string;
  mime: string;
  media: AttachmentMedia;
}

function fileMessage(target: Target, file: Sending, more: { caption?: string; voice?: boolean }, withReply: boolean): Outgoing {
  const { blob, name, mime, media } = file;
  return {
    ...base(target, withReply),
    shown: { kind: "attachment", media, file_name: name, state: "ready", file: { id: crypto.randomUUID(), mime_type: mime, size: blob.size, name }, ...more },
    content: { kind: "attachment", file_id: "", media, ...more },
    file: { blob, name, mime },
    localUrl: URL.createObjectURL(blob),
  };
}

/** A file that needs no upload. */
function storedMessage(target: Target, file: StoredFile, media: AttachmentMedia, more: { caption?: string }, withReply: boolean): Outgoing {
  return {
    ...base(target, withReply),
    shown: { kind: "attachment", media, file_name: file.name, state: "ready", file: { id: file.id, mime_type: file.type, size: file.size, name: file.name }, ...more },
    content: { kind: "attachment", file_id: file.id, media, ...more },
  };
}

/** The text is the first file's caption; where that takes none, the text follows as a message of its own. */
export function fileMessages(target: Target, files: readonly TrayFile[], text: string, can: Pick<Capabilities, "media" | "caption_limit">): Outgoing[] {
  const media = files.map((one) => verdictOf(one, can.media).media);
  const captioned = can.caption_limit > 0 && media[0] !== "audio";
  const made = files.map((one, index) => {
    const kind = media[index] ?? "file";
    const more = index === 0 && captioned && text ? { caption: text } : {};
    if (!(one.file instanceof Blob)) return storedMessage(target, one.file, kind, more, index === 0);
    return fileMessage(target, { blob: one.file, name: one.file.name, mime: mimeOf(one.file), media: kind }, more, index === 0);
  });
  return captioned || !text ? made : [...made, ...textMessages({ ...target, replyTo: undefined }, [text])];
}

export function voiceMessage(target: Target, { blob, name, voice }: VoiceFile): Outgoing {
  return fileMessage(target, { blob, name, mime: voice ? OGG_OPUS : "audio/mp4", media: "audio" }, { voice }, true);
}

/** A template never quotes: it may begin a conversation. */
export function templateMessage(target: Target, chosen: ChosenTemplate): Outgoing {
  const { content, ...shown } = chosen;
  return { ...base(target, false), shown: { kind: "template", name: content.name, language: content.language, ...shown }, content };
}

export function directMessage(target: Target, content: DirectContent): Outgoing {
  return { ...base(target, true), shown: content, content };
}
