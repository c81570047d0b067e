import { ChevronDown, Clock, LayoutTemplate, ListChecks, MapPin, Mic, Paperclip, Plus, Send, Smile, X } from "lucide-react";
import { DropdownMenu, Popover } from "radix-ui";
import { lazy, Suspense, useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState, type DragEvent, type ReactNode, type Ref } from "react";
import { CAPTION_MAX, mimeOf } from "../media/limits";
import { OGG_OPUS, type VoiceFile } from "../media/remux";
import { useHost } from "../thread/host";
import type { AttachmentMedia, Channel, ContactChannel, ContactHead, Interactive, Message, OutboundContent } from "../thread/model";
import type { Outbox, Outgoing } from "../thread/outbox";
import { previewOfMessage } from "../thread/words";
import { AttachmentTray, verdictOf, type TrayFile } from "./AttachmentTray";
import { ClosedPanel, type ClosedReason } from "./ClosedPanel";
import { Drafts } from "./drafts";
import { COMMENT_MAX, encodeMentions, type Person } from "./mention";
import { counter, lengthOf, splitText } from "./split";
import type { ChosenTemplate } from "./TemplatePicker";
import { TextBox, type TextBoxHandle } from "./TextBox";
import { leftText, useWindow } from "./useWindow";

const EmojiPicker = lazy(() => import("./EmojiPicker"));
const TemplatePicker = lazy(() => import("./TemplatePicker"));
const QuickReplyBuilder = lazy(() => import("./QuickReplyBuilder"));
const PlaceForm = lazy(() => import("./PlaceForm"));
const VoiceRecorder = lazy(() => import("./VoiceRecorder"));

const TEXT_MAX = 4096;
const ICON = { size: 20, strokeWidth: 1.75, "aria-hidden": true } as const;

export interface ComposerHandle {
  focusReply: () => void;
  focusComment: () => void;
  addFiles: (files: File[]) => void;
}

export interface ComposerProps {
  head: ContactHead;
  outbox: Outbox;
  replyTo: Message | undefined;
  onCancelReply: () => void;
  onUnblock?: (() => void) | undefined;
  ref?: Ref<ComposerHandle>;
}

type Panel = "template" | "quick" | "place" | "voice";

/** The channel that was last written on, of those that still exist. */
export function defaultChannel(channels: readonly ContactChannel[]): ContactChannel | undefined {
  const last = (one: ContactChannel) => Math.max(one.last_message_at ?? 0, one.last_inbound_at ?? 0, one.connected_at);
  return [...channels].sort((a, b) => last(b) - last(a))[0];
}

/** The channel over which somebody without a channel of theirs may be written to first: by their phone number. */
export function firstChannel(head: ContactHead, channels: readonly Channel[]): Channel | undefined {
  return head.phone && head.channels.length === 0 ? channels.find((one) => one.state === "connected") : undefined;
}

/** Why nothing can be written freely, if so. */
export function closedReason(head: ContactHead, contactChannel: ContactChannel | undefined, channel: Channel | undefined, open: boolean, canReply: boolean): ClosedReason | undefined {
  if (!canReply) return "permission";
  if (head.blocked) return "blocked";
  if (!contactChannel) return channel ? "never" : "no_channel";
  if (!channel || channel.state === "disconnected") return "disconnected";
  if (!open) return contactChannel.last_inbound_at === undefined && contactChannel.window_closes_at === undefined ? "never" : "window";
  return undefined;
}

function useDraft(contact: number) {
  const { me, workspace } = useHost();
  const drafts = useMemo(() => new Drafts(localStorage, me, workspace), [me, workspace]);
  const [draft, setDraft] = useState(() => drafts.load(contact));
  const latest = useRef(draft);
  latest.current = draft;
  useEffect(() => {
    const timer = setTimeout(() => drafts.save(contact, draft), 400);
    return () => clearTimeout(timer);
  }, [draft, drafts, contact]);
  useEffect(() => () => drafts.save(contact, latest.current), [drafts, contact]);
  return [draft, setDraft] as const;
}

/** Where an answer or an internal comment is written. Remounted for each contact. */
export function Composer({ head, outbox, replyTo, onCancelReply, onUnblock, ref }: ComposerProps) {
  const host = useHost();
  const { t, users, channels, canReply, me } = host;
  const [draft, setDraft] = useDraft(head.id);
  const tab = draft.tab ?? "reply";
  const [picked, setPicked] = useState<string>();
  const [panel, setPanel] = useState<Panel>();
  const [files, setFiles] = useState<TrayFile[]>([]);
  const [mentioned, setMentioned] = useState<Person[]>([]);
  const [problem, setProblem] = useState("");
  const text = useRef<TextBoxHandle>(null);
  const picker = useRef<HTMLInputElement>(null);

  const contactChannel = head.channels.find((one) => one.id === picked) ?? defaultChannel(head.channels);
  const channel = contactChannel ? channels.find((one) => one.id === contactChannel.channel_id) : firstChannel(head, channels);
  const windowState = useWindow(contactChannel);
  const closed = closedReason(head, contactChannel, channel, windowState.open, canReply);
  const people = useMemo(() => users.filter((user) => user.id !== me), [users, me]);
  const comment = tab === "comment";
  const value = comment ? draft.comment : draft.text;
  const limit = comment ? COMMENT_MAX : files.length > 0 ? CAPTION_MAX : TEXT_MAX;
  const count = counter(value, limit);
  const over = count.shown && count.over;

  const setTab = useCallback((next: "reply" | "comment") => {
    setDraft((before) => ({ ...before, tab: next }));
    requestAnimationFrame(() => text.current?.focus());
  }, [setDraft]);
  const setText = (next: string) => setDraft((before) => ({ ...before, [comment ? "comment" : "text"]: next }));

  const addFiles = useCallback((added: File[]) => {
    setDraft((before) => ({ ...before, tab: "reply" }));
    setFiles((before) => [
      ...before,
      ...added.map((file): TrayFile => ({ key: crypto.randomUUID(), file, asFile: false, url: file.type.startsWith("image/") ? URL.createObjectURL(file) : undefined })),
    ].slice(0, 10));
    requestAnimationFrame(() => text.current?.focus());
  }, [setDraft]);
  useImperativeHandle(ref, () => ({ focusReply: () => setTab("reply"), focusComment: () => setTab("comment"), addFiles }), [setTab, addFiles]);
  useEffect(() => {
    if (replyTo) setTab("reply");
  }, [replyTo, setTab]);

  const base = (): Pick<Outgoing, "contactChannel" | "channel" | "reply"> => ({
    contactChannel: contactChannel?.id ?? "",
    channel: channel?.id ?? "",
    ...(replyTo ? { reply: { id: replyTo.id, preview: previewOfMessage(replyTo, t), traffic: replyTo.traffic } } : {}),
  });
  const sendText = (pieces: string[]) => {
    pieces.forEach((piece, index) => {
      const shared = base();
      if (index > 0) delete shared.reply;
      outbox.send({ ...shared, shown: { kind: "text", text: piece }, content: () => ({ kind: "text", text: piece, preview_url: true }) });
    });
    setDraft((before) => ({ ...before, text: "" }));
    onCancelReply();
  };
  const sendFiles = () => {
    files.forEach((one, index) => {
      const verdict = verdictOf(one);
      const caption = index === 0 && verdict.media !== "audio" ? draft.text.trim() : "";
      sendFile(one.file, one.file.name, mimeOf(one.file), verdict.media, { ...(caption ? { caption } : {}) }, index === 0);
    });
    const first = files[0];
    // A sound takes no caption: the words follow it as a message of their own.
    if (first && verdictOf(first).media === "audio" && draft.text.trim()) sendText([draft.text.trim()]);
    setFiles([]);
    setDraft((before) => ({ ...before, text: "" }));
    onCancelReply();
  };
  const sendFile = (blob: Blob, name: string, mime: string, media: AttachmentMedia, more: { caption?: string; voice?: boolean }, withReply: boolean) => {
    const shared = base();
    if (!withReply) delete shared.reply;
    outbox.send({
      ...shared,
      shown: { kind: "attachment", media, file_name: name, state: "ready", file: { id: crypto.randomUUID(), mime_type: mime, size: blob.size, name }, ...more },
      content: (fileId) => ({ kind: "attachment", file_id: fileId, media, ...more }),
      file: { blob, name, mime },
      localUrl: URL.createObjectURL(blob),
    });
  };
  const sendVoice = (file: VoiceFile) => {
    setPanel(undefined);
    sendFile(file.blob, file.name, file.voice ? OGG_OPUS : "audio/mp4", "audio", { voice: file.voice }, true);
    onCancelReply();
  };
  const sendTemplate = (chosen: ChosenTemplate) => {
    const { content, ...shown } = chosen;
    const shared = base();
    delete shared.reply;
    outbox.send({ ...shared, shown: { kind: "template", name: content.name, language: content.language, ...shown }, content: () => content });
  };
  const sendOther = (content: Extract<OutboundContent, { kind: "location" }> | ({ kind: "interactive" } & Interactive)) => {
    outbox.send({ ...base(), shown: content, content: () => content });
    if (content.kind === "interactive" && content.body === draft.text.trim()) setDraft((before) => ({ ...before, text: "" }));
    onCancelReply();
  };
  const wrongFile = files.some((one) => verdictOf(one).problem !== undefined);
  const ready = comment ? value.trim() !== "" && !over : (files.length > 0 ? !wrongFile : value.trim() !== "") && !over;
  const send = () => {
    if (!ready) return;
    if (comment) {
      outbox.comment(encodeMentions(value.trim(), mentioned));
      setDraft((before) => ({ ...before, comment: "" }));
      setMentioned([]);
    } else if (files.length > 0) sendFiles();
    else sendText([value.trim()]);
    text.current?.focus();
  };

  const drop = (event: DragEvent) => {
    const dropped = [...event.dataTransfer.files];
    if (dropped.length === 0 || closed) return;
    event.preventDefault();
    addFiles(dropped);
  };
  const tools: { key: string; icon: ReactNode; label: string; run: () => void }[] = [
    { key: "template", icon: <LayoutTemplate {...ICON} />, label: t("composer.template"), run: () => setPanel("template") },
    { key: "quick", icon: <ListChecks {...ICON} />, label: t("composer.quick_replies"), run: () => setPanel("quick") },
    { key: "place", icon: <MapPin {...ICON} />, label: t("composer.location"), run: () => setPanel("place") },
  ];
  const emojiTool = <EmojiTool onPick={(emoji) => text.current?.insert(emoji)} />;
  const chips = (
    <>
      <ChannelChip channels={head.channels} chosen={contactChannel} onChoose={setPicked} />
      {windowState.open && windowState.limited ? (
        <span className="cv-chip" data-soon={windowState.soon} title={t("composer.window_left", { left: leftText(windowState.left, t) })} aria-label={t("composer.window_left", { left: leftText(windowState.left, t) })} role="img">
          <Clock size={14} strokeWidth={1.75} aria-hidden="true" />{leftText(windowState.left, t)}
        </span>
      ) : null}
    </>
  );

  return (
    <section className="cv-composer" data-tab={tab} aria-label={t("composer.label")} onDragOver={(event) => { if (!closed) event.preventDefault(); }} onDrop={drop}>
      <div className="cv-tabs" role="tablist">
        {(["reply", "comment"] as const).map((key) => (
          <button key={key} type="button" role="tab" aria-selected={tab === key} onClick={() => setTab(key)}>{t(`composer.tab_${key}`)}</button>
        ))}
      </div>
      {replyTo && !comment && !closed ? <QuoteBar message={replyTo} name={replyTo.traffic === "incoming" ? head.name : t("thread.you")} onCancel={onCancelReply} /> : null}
      {!comment && closed ? (
        <ClosedPanel reason={closed} name={head.name} channel={channel?.name ?? contactChannel?.name ?? ""} onTemplate={() => setPanel("template")} onUnblock={onUnblock} />
      ) : panel === "voice" && !comment ? (
        <Suspense fallback={<div className="cv-recorder" />}>
          <VoiceRecorder onDone={sendVoice} onCancel={(why) => { setPanel(undefined); setProblem(why ? t(`voice.${why}`) : ""); }} />
        </Suspense>
      ) : (
        <>
          {files.length > 0 && !comment ? <AttachmentTray files={files} onChange={setFiles} onAdd={() => picker.current?.click()} /> : null}
          <TextBox
            ref={text} key={tab} value={value} onChange={(next) => { setText(next); setProblem(""); }} onSend={send}
            placeholder={t(comment ? "composer.placeholder_comment" : files.length > 0 ? "attach.caption" : "composer.placeholder")}
            people={comment ? people : undefined} onMention={(person) => setMentioned((before) => [...before.filter((one) => one.id !== person.id), person])}
            {...(comment ? {} : { onFiles: addFiles })} onEscape={() => replyTo && onCancelReply()}
          />
          {problem ? <p className="cv-problem" role="alert">{problem}</p> : null}
          {over ? (
            <p className="cv-problem" role="status">
              {t("composer.too_long", { count: lengthOf(value) - limit })}{" "}
              {!comment && files.length === 0 ? <button type="button" onClick={() => sendText(splitText(value, limit))}>{t("composer.split", { count: splitText(value, limit).length })}</button> : null}
            </p>
          ) : null}
          <div className="cv-toolbar">
            {comment ? null : chips}
            <div className="cv-toolset">
              {comment ? emojiTool : (
                <>
                  <button type="button" className="cv-icon-button" onClick={() => picker.current?.click()} aria-label={t("composer.attach")} title={t("composer.attach")}><Paperclip {...ICON} /></button>
                  {emojiTool}
                  <button type="button" className="cv-icon-button" onClick={() => { setProblem(""); setPanel("voice"); }} aria-label={t("composer.voice")} title={t("composer.voice")}><Mic {...ICON} /></button>
                  <span className="cv-wide">
                    {tools.map((tool) => <button key={tool.key} type="button" className="cv-icon-button" onClick={tool.run} aria-label={tool.label} title={tool.label}>{tool.icon}</button>)}
                  </span>
                  <MoreTools tools={tools} />
                </>
              )}
            </div>
            {count.shown ? <span className="cv-counter" data-over={count.over} aria-label={t("composer.counter", { used: count.used, limit })}>{count.over ? count.left : `${count.used}/${limit}`}</span> : null}
            <button type="button" className="cv-button cv-primary cv-send" onClick={send} disabled={!ready} aria-label={t(comment ? "composer.send_comment" : "composer.send")}>
              <Send size={16} strokeWidth={1.75} aria-hidden="true" /><span>{t(comment ? "composer.send_comment" : "composer.send")}</span>
            </button>
          </div>
        </>
      )}
      <input ref={picker} type="file" multiple hidden onChange={(event) => { addFiles([...(event.target.files ?? [])]); event.target.value = ""; }} />
      <Suspense fallback={null}>
        {panel === "template" && channel ? <TemplatePicker channel={channel.id} contactName={head.name} onSend={sendTemplate} onClose={() => setPanel(undefined)} /> : null}
        {panel === "quick" ? <QuickReplyBuilder text={draft.text.trim()} onSend={(content) => sendOther({ kind: "interactive", ...content })} onClose={() => setPanel(undefined)} /> : null}
        {panel === "place" ? <PlaceForm onSend={sendOther} onClose={() => setPanel(undefined)} /> : null}
      </Suspense>
    </section>
  );
}

function QuoteBar({ message, name, onCancel }: { message: Message; name: string; onCancel: () => void }) {
  const { t } = useHost();
  return (
    <div className="cv-quote-bar">
      <div className="cv-quote"><strong>{t("composer.replying_to", { name })}</strong><span>{previewOfMessage(message, t)}</span></div>
      <button type="button" className="cv-icon-button" onClick={onCancel} aria-label={t("composer.cancel_reply")}><X size={16} strokeWidth={1.75} /></button>
    </div>
  );
}

function ChannelChip({ channels, chosen, onChoose }: { channels: readonly ContactChannel[]; chosen: ContactChannel | undefined; onChoose: (id: string) => void }) {
  const host = useHost();
  const nameOf = (one: ContactChannel) => host.channels.find((channel) => channel.id === one.channel_id)?.name ?? one.name ?? one.identity;
  if (!chosen) return null;
  const label = host.t("composer.channel", { name: nameOf(chosen) });
  if (channels.length < 2) return <span className="cv-chip" title={label}><i className="cv-glyph" data-source={chosen.source} aria-hidden="true" /><span>{nameOf(chosen)}</span></span>;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <button type="button" className="cv-chip" aria-label={label} title={label}><i className="cv-glyph" data-source={chosen.source} aria-hidden="true" /><span>{nameOf(chosen)}</span><ChevronDown size={14} strokeWidth={1.75} aria-hidden="true" /></button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="cv-menu" side="top" align="start" sideOffset={6}>
          <DropdownMenu.RadioGroup value={chosen.id} onValueChange={onChoose}>
            {channels.map((one) => (
              <DropdownMenu.RadioItem key={one.id} value={one.id}><i className="cv-glyph" data-source={one.source} aria-hidden="true" />{nameOf(one)}<small>{one.identity}</small></DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function EmojiTool({ onPick }: { onPick: (emoji: string) => void }) {
  const { t } = useHost();
  const [open, setOpen] = useState(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild><button type="button" className="cv-icon-button" aria-label={t("composer.emoji")} title={t("composer.emoji")}><Smile {...ICON} /></button></Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="cv-pop" side="top" align="start" sideOffset={8} collisionPadding={8} onCloseAutoFocus={(event) => event.preventDefault()}>
          <Suspense fallback={<div className="cv-emoji-wait" />}><EmojiPicker onPick={(emoji) => { setOpen(false); onPick(emoji); }} /></Suspense>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function MoreTools({ tools }: { tools: { key: string; icon: ReactNode; label: string; run: () => void }[] }) {
  const { t } = useHost();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild><button type="button" className="cv-icon-button cv-narrow" aria-label={t("composer.more_tools")} title={t("composer.more_tools")}><Plus {...ICON} /></button></DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="cv-menu" side="top" align="start" sideOffset={6} collisionPadding={8}>
          {tools.map((tool) => <DropdownMenu.Item key={tool.key} onSelect={tool.run}>{tool.icon}{tool.label}</DropdownMenu.Item>)}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
