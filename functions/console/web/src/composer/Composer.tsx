import { Clock, LayoutTemplate, ListChecks, MapPin, Mic, Paperclip, Send } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState, type DragEvent, type Ref } from "react";
import { takes } from "../media/limits";
import type { VoiceFile } from "../media/remux";
import { useHost } from "../thread/host";
import type { ContactHead, Message } from "../thread/model";
import type { Outbox, Outgoing } from "../thread/outbox";
import { useTyping } from "../thread/useTyping";
import { previewOfMessage } from "../thread/words";
import { AttachmentTray, verdictOf, type TrayFile } from "./AttachmentTray";
import { choiceTypes } from "./interactive";
import { closedReason, defaultChannel, firstChannel } from "./choice";
import { ClosedPanel } from "./ClosedPanel";
import { COMMENT_MAX, encodeMentions, type Person } from "./mention";
import { ChannelChip, EmojiTool, MoreTools, QuoteBar, type Tool } from "./parts";
import { directMessage, fileMessages, templateMessage, textMessages, voiceMessage, type DirectContent, type Target } from "./outgoing";
import { goesInSegments, segments } from "./segments";
import { counter, lengthOf, splitText } from "./split";
import { TextBox, type TextBoxHandle } from "./TextBox";
import type { SnippetRow } from "./slash";
import { useDraft } from "./useDraft";
import { useSnippets } from "./useSnippets";
import { leftText, useWindow } from "./useWindow";

const TemplatePicker = lazy(() => import("./TemplatePicker"));
const QuickReplyBuilder = lazy(() => import("./QuickReplyBuilder"));
const PlaceForm = lazy(() => import("./PlaceForm"));
const VoiceRecorder = lazy(() => import("./VoiceRecorder"));

const NOTHING: never[] = [];
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
  const can = channel?.capabilities;
  const windowState = useWindow(contactChannel, can?.window_millis);
  const closed = closedReason(head, contactChannel, channel, windowState.open, canReply);
  const people = useMemo(() => users.filter((user) => user.id !== me), [users, me]);
  const comment = tab === "comment";
  const value = comment ? draft.comment : draft.text;
  const limit = comment ? COMMENT_MAX : files.length > 0 && can?.caption_limit ? can.caption_limit : can?.text_limit ?? Infinity;
  const count = counter(value, limit);
  const over = count.shown && count.over;
  const sms = !comment && value && goesInSegments(channel?.source) ? segments(value) : undefined;

  const setTab = useCallback((next: "reply" | "comment") => {
    setDraft((before) => ({ ...before, tab: next }));
    requestAnimationFrame(() => text.current?.focus());
  }, [setDraft]);
  const typist = useTyping(head.id, head.name);
  const setText = (next: string) => {
    if (!comment && next.trim()) host.typing(head.id);
    setDraft((before) => ({ ...before, [comment ? "comment" : "text"]: next }));
  };

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

  const target: Target = { contactChannel: contactChannel?.id ?? "", channel: channel?.id ?? "", replyTo, preview: replyTo ? previewOfMessage(replyTo, t) : "" };
  const post = (outgoing: Outgoing[]) => {
    outgoing.forEach((one) => outbox.send(one));
    onCancelReply();
  };
  const emptyText = () => setDraft((before) => ({ ...before, text: "" }));
  const sendText = (pieces: string[]) => {
    post(textMessages(target, pieces));
    emptyText();
  };
  const sendFiles = () => {
    if (!can) return;
    post(fileMessages(target, files, draft.text.trim(), can));
    setFiles([]);
    emptyText();
  };
  const sendVoice = (file: VoiceFile) => {
    setPanel(undefined);
    post([voiceMessage(target, file)]);
  };
  const sendOther = (content: DirectContent) => {
    if (content.kind === "interactive" && content.body === draft.text.trim()) emptyText();
    post([directMessage(target, content)]);
  };
  const { snippets, look } = useSnippets();
  /** Its text stands in the box, to be read and changed before it is sent; its files lie in the tray. */
  const fillSnippet = async (snippet: SnippetRow): Promise<string | undefined> => {
    try {
      const filled = await host.api.fillSnippet(snippet.id, head.id);
      const stored = filled.files.map((file): TrayFile => ({ key: crypto.randomUUID(), file: { id: file.id, name: file.name ?? "", type: file.mime_type, size: file.size }, asFile: false }));
      if (stored.length > 0) setFiles((before) => [...before, ...stored].slice(0, 10));
      setProblem(filled.missing.length > 0 ? t("composer.snippet_missing", { names: filled.missing.map((name) => `$${name}`).join(", ") }) : "");
      return filled.text;
    } catch {
      setProblem(t("composer.snippet_failed"));
      return undefined;
    }
  };
  const wrongFile = files.some((one) => verdictOf(one, can?.media ?? NOTHING).problem !== undefined);
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
  const tools: Tool[] = [
    ...(can?.templates ? [{ key: "template", icon: <LayoutTemplate {...ICON} />, label: t("composer.template"), run: () => setPanel("template") }] : []),
    ...(can && choiceTypes(can).length > 0 ? [{ key: "quick", icon: <ListChecks {...ICON} />, label: t("composer.quick_replies"), run: () => setPanel("quick") }] : []),
    ...(can?.location ? [{ key: "place", icon: <MapPin {...ICON} />, label: t("composer.location"), run: () => setPanel("place") }] : []),
  ];
  const records = can?.media.some((one) => one.media === "audio" && takes(one, "audio/ogg")) === true;
  const emojiTool = <EmojiTool onPick={(emoji) => text.current?.insert(emoji)} />;
  const chips = (
    <>
      <ChannelChip channels={head.channels} chosen={contactChannel} onChoose={setPicked} />
      {windowState.open && windowState.limited ? (
        <span className="cv-chip" data-soon={windowState.soon} title={t(windowState.tagged ? "composer.tag_left" : "composer.window_left", { left: leftText(windowState.left, t) })} aria-label={t(windowState.tagged ? "composer.tag_left" : "composer.window_left", { left: leftText(windowState.left, t) })} role="img">
          <Clock size={14} strokeWidth={1.75} aria-hidden="true" />{leftText(windowState.left, t)}
        </span>
      ) : null}
    </>
  );

  return (
    <section className="cv-composer" data-tab={tab} aria-label={t("composer.label")} onDragOver={(event) => { if (!closed) event.preventDefault(); }} onDrop={drop}>
      <div className="cv-tabs">
        <div role="tablist">
        {(["reply", "comment"] as const).map((key) => (
          <button key={key} type="button" role="tab" aria-selected={tab === key} onClick={() => setTab(key)}>{t(`composer.tab_${key}`)}</button>
        ))}
        </div>
        <p className="cv-typing" role="status">{typist ? <><i aria-hidden="true" /><span title={typist}>{typist}</span></> : null}</p>
      </div>
      {replyTo && !comment && !closed ? <QuoteBar message={replyTo} name={replyTo.traffic === "incoming" ? head.name : t("thread.you")} onCancel={onCancelReply} /> : null}
      {!comment && closed ? (
        <ClosedPanel reason={closed} name={head.name} channel={channel?.name ?? contactChannel?.name ?? ""} templates={can?.templates === true} onTemplate={() => setPanel("template")} onUnblock={onUnblock} />
      ) : panel === "voice" && !comment ? (
        <Suspense fallback={<div className="cv-recorder" />}>
          <VoiceRecorder onDone={sendVoice} onCancel={(why) => { setPanel(undefined); setProblem(why ? t(`voice.${why}`) : ""); }} />
        </Suspense>
      ) : (
        <>
          {files.length > 0 && !comment ? <AttachmentTray files={files} taken={can?.media ?? NOTHING} onChange={setFiles} onAdd={() => picker.current?.click()} /> : null}
          <TextBox
            ref={text} key={tab} value={value} onChange={(next) => { setText(next); setProblem(""); }} onSend={send}
            placeholder={t(comment ? "composer.placeholder_comment" : files.length > 0 ? "attach.caption" : "composer.placeholder")}
            people={comment ? people : undefined} onMention={(person) => setMentioned((before) => [...before.filter((one) => one.id !== person.id), person])}
            {...(comment ? {} : { onFiles: addFiles, snippets, onSlash: look, onSnippet: fillSnippet })} onEscape={() => replyTo && onCancelReply()}
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
                  {can && can.media.length > 0 ? <button type="button" className="cv-icon-button" onClick={() => picker.current?.click()} aria-label={t("composer.attach")} title={t("composer.attach")}><Paperclip {...ICON} /></button> : null}
                  {emojiTool}
                  {records ? <button type="button" className="cv-icon-button" onClick={() => { setProblem(""); setPanel("voice"); }} aria-label={t("composer.voice")} title={t("composer.voice")}><Mic {...ICON} /></button> : null}
                  <span className="cv-wide">
                    {tools.map((tool) => <button key={tool.key} type="button" className="cv-icon-button" onClick={tool.run} aria-label={tool.label} title={tool.label}>{tool.icon}</button>)}
                  </span>
                  {tools.length > 0 ? <MoreTools tools={tools} /> : null}
                </>
              )}
            </div>
            {sms ? <span className="cv-counter" title={t("composer.segments_label", { count: sms.count, left: sms.left })} aria-label={t("composer.segments_label", { count: sms.count, left: sms.left })}>{t("composer.segments", { count: sms.count })}</span> : null}
            {count.shown ? <span className="cv-counter" data-over={count.over} aria-label={t("composer.counter", { used: count.used, limit })}>{count.over ? count.left : `${count.used}/${limit}`}</span> : null}
            <button type="button" className="cv-button cv-primary cv-send" onClick={send} disabled={!ready} aria-label={t(comment ? "composer.send_comment" : "composer.send")}>
              <Send size={16} strokeWidth={1.75} aria-hidden="true" /><span>{t(comment ? "composer.send_comment" : "composer.send")}</span>
            </button>
          </div>
        </>
      )}
      <input ref={picker} type="file" multiple hidden onChange={(event) => { addFiles([...(event.target.files ?? [])]); event.target.value = ""; }} />
      <Suspense fallback={null}>
        {panel === "template" && channel ? <TemplatePicker channel={channel.id} contactName={head.name} onSend={(chosen) => outbox.send(templateMessage(target, chosen))} onClose={() => setPanel(undefined)} /> : null}
        { panel === "quick" && can ? <QuickReplyBuilder rules={can} text={draft.text.trim()} onSend={(content) => sendOther({ kind: "interactive", ...content })} onClose={() => setPanel(undefined)} /> : null}
        {panel === "place" ? <PlaceForm onSend={sendOther} onClose={() => setPanel(undefined)} /> : null}
      </Suspense>
    </section>
  );
}
