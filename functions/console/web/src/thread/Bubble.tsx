import { Ban, Copy, CornerUpLeft, Forward, Megaphone, SmilePlus } from "lucide-react";
import { lazy, memo, Suspense, useState, useSyncExternalStore } from "react";
import { Popover } from "radix-ui";
import type { Track } from "../media/player";
import { MessageBody } from "./contents";
import { useHost } from "./host";
import type { Message, Reaction } from "./model";
import { plainText, safeHref } from "./markup";
import { Ticks } from "./Ticks";
import { failureText, fullTimeText, nameOfUser, previewOf, previewOfMessage, sourceLabel, timeText } from "./words";

const EmojiPicker = lazy(() => import("../composer/EmojiPicker"));
const QUICK = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
/** A message is new for this long: its bubble rises once. */
const FRESH_MS = 3_000;
const ICON = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

export interface BubbleActions {
  reply: (message: Message) => void;
  react: (message: Message, emoji: string) => void;
  retry: (message: Message) => void;
  discard: (message: Message) => void;
  jump: (id: number) => void;
}

export interface BubbleProps {
  message: Message;
  first: boolean;
  last: boolean;
  contactName: string;
  /** Shown when the contact has more than one channel. */
  channelName?: string | undefined;
  quoted?: Message | undefined;
  actions: BubbleActions;
  nextVoice?: (() => Track | undefined) | undefined;
}

function copyable(message: Message): string | undefined {
  const content = message.content;
  if (content.kind === "text") return content.text;
  if (content.kind === "attachment") return content.caption;
  if (content.kind === "template") return content.text;
  if (content.kind === "interactive") return content.body;
  return content.kind === "quick_reply" ? content.title : undefined;
}

function Quote({ message, quoted, contactName, onJump }: { message: Message; quoted: Message | undefined; contactName: string; onJump: (id: number) => void }) {
  const { t, users } = useHost();
  const reply = message.reply;
  if (!reply) return null;
  const traffic = quoted?.traffic ?? reply.traffic;
  const who = traffic === "incoming" ? contactName : quoted?.sender.user_id ? nameOfUser(users, quoted.sender.user_id, t) : traffic ? t("thread.you") : "";
  const text = quoted ? previewOfMessage(quoted, t) : reply.preview ? plainText(reply.preview) : t("message.quoted_gone");
  const id = reply.id;
  const inside = (<>{who ? <strong>{who}</strong> : null}<span>{text}</span></>);
  return id === undefined ? <div className="cv-quote">{inside}</div> : (
    <button type="button" className="cv-quote" onClick={() => onJump(id)} title={t("message.go_to_quoted")}>{inside}</button>
  );
}

function ReferralCard({ message }: { message: Message }) {
  const { t } = useHost();
  const referral = message.referral;
  if (!referral) return null;
  const href = referral.source_url ? safeHref(referral.source_url) : undefined;
  if (referral.product) return <p className="cv-kicker"><Megaphone {...ICON} size={14} />{t("message.about_product", { sku: referral.product })}</p>;
  return (
    <div className="cv-referral">
      <span className="cv-kicker"><Megaphone {...ICON} size={14} />{t(referral.source_type === "post" ? "message.from_post" : "message.from_ad")}</span>
      {referral.headline ? <strong>{referral.headline}</strong> : null}
      {referral.body ? <span>{referral.body}</span> : null}
      {href ? <a href={href} target="_blank" rel="noopener noreferrer">{t("message.open_ad")}</a> : null}
    </div>
  );
}

function Reactions({ message, contactName, onReact }: { message: Message; contactName: string; onReact: (emoji: string) => void }) {
  const { t } = useHost();
  if (message.reactions.length === 0) return null;
  const one = (reaction: Reaction) =>
    reaction.from === "us" ? (
      <button key="us" type="button" className="cv-reaction" data-ours="true" onClick={() => onReact("")} aria-label={t("message.reaction_us", { emoji: reaction.emoji })}>{reaction.emoji}</button>
    ) : (
      <span key="contact" className="cv-reaction" role="img" aria-label={t("message.reaction_contact", { name: contactName, emoji: reaction.emoji })}>{reaction.emoji}</span>
    );
  return <div className="cv-reactions">{message.reactions.map(one)}</div>;
}

function ReactButton({ onReact }: { onReact: (emoji: string) => void }) {
  const { t } = useHost();
  const [open, setOpen] = useState(false);
  const [all, setAll] = useState(false);
  const choose = (emoji: string) => {
    setOpen(false);
    onReact(emoji);
  };
  return (
    <Popover.Root open={open} onOpenChange={(next) => { setOpen(next); setAll(false); }}>
      <Popover.Trigger asChild><button type="button" aria-label={t("message.react")} title={t("message.react")}><SmilePlus {...ICON} /></button></Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="cv-pop" side="top" sideOffset={6} collisionPadding={8}>
          {all ? <Suspense fallback={<div className="cv-emoji-wait" />}><EmojiPicker onPick={choose} /></Suspense> : (
            <div className="cv-quick-emoji">
              {QUICK.map((emoji) => <button key={emoji} type="button" onClick={() => choose(emoji)} aria-label={emoji}>{emoji}</button>)}
              <button type="button" onClick={() => setAll(true)} aria-label={t("message.more_emoji")} title={t("message.more_emoji")}>+</button>
            </div>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Tools({ message, actions }: { message: Message; actions: BubbleActions }) {
  const { t, toast, canReply, channels } = useHost();
  const can = channels.find((one) => one.id === message.channel_id)?.capabilities;
  const text = copyable(message);
  const settled = message.client_key === undefined || message.version > 0;
  const copy = () => void navigator.clipboard?.writeText(text ?? "").then(() => toast(t("message.copied")), () => undefined);
  return (
    <div className="cv-tools" role="toolbar" aria-label={t("message.tools")}>
      {canReply && settled && !message.revoked_at ? (
        <>
          {can?.replies ? <button type="button" onClick={() => actions.reply(message)} aria-label={t("message.reply")} title={t("message.reply")}><CornerUpLeft {...ICON} /></button> : null}
          {can?.reactions ? <ReactButton onReact={(emoji) => actions.react(message, emoji)} /> : null}
        </>
      ) : null}
      {text ? <button type="button" onClick={copy} aria-label={t("message.copy")} title={t("message.copy")}><Copy {...ICON} /></button> : null}
    </div>
  );
}

function Failure({ message, actions }: { message: Message; actions: BubbleActions }) {
  const { t, channels } = useHost();
  const bad = message.state === "failed" || message.state === "ambiguous";
  if (!bad) return null;
  const unsent = message.client_key !== undefined && message.version === 0;
  const failure = message.failure ?? (message.state === "ambiguous" ? { reason: "unconfirmed", retryable: true } : undefined);
  return (
    <div className="cv-failure" data-kind={message.state} role="status">
      <span>{failureText(failure ? { failure } : {}, t, channels.find((one) => one.id === message.channel_id)?.source)}</span>
      {failure?.retryable !== false ? <button type="button" onClick={() => actions.retry(message)}>{t("message.retry")}</button> : null}
      {unsent ? <button type="button" onClick={() => actions.discard(message)}>{t("message.discard")}</button> : null}
    </div>
  );
}

function onConnection(listener: () => void): () => void {
  addEventListener("online", listener);
  addEventListener("offline", listener);
  return () => {
    removeEventListener("online", listener);
    removeEventListener("offline", listener);
  };
}

/** Without a connection it says that the message is kept and will go. */
function Waiting() {
  const { t } = useHost();
  const online = useSyncExternalStore(onConnection, () => navigator.onLine);
  return online ? null : <p className="cv-waiting" role="status">{t("state.waiting")}</p>;
}

const BARE = new Set(["image", "video", "sticker"]);

function shapeOf(message: Message): string {
  const content = message.content;
  if (message.revoked_at || content.kind !== "attachment") return "words";
  if (content.media === "sticker") return "sticker";
  return BARE.has(content.media) && !content.caption && !message.reply && !message.referral && content.state === "ready" ? "picture" : "words";
}

/** One message: its bubble, what hangs on it, and its tools on hover and focus. */
export const Bubble = memo(function Bubble({ message, first, last, contactName, channelName, quoted, actions, nextVoice }: BubbleProps) {
  const { t, locale, zone, users, me } = useHost();
  const ours = message.traffic === "outgoing";
  const source = sourceLabel(message, t);
  const author = ours ? (message.sender.user_id ? nameOfUser(users, message.sender.user_id, t) : (source ?? t("thread.you"))) : contactName;
  const time = timeText(message.at, locale, zone);
  const full = fullTimeText(message.at, locale, zone);
  const label = `${author}, ${full}: ${message.revoked_at ? t("preview.revoked") : previewOf(message.content, t)}`;
  const named = first && ours && message.sender.user_id && message.sender.user_id !== me;
  const automatic = source !== undefined && message.sender.source !== "echo";
  return (
    <article className="cv-message" data-traffic={message.traffic} data-first={first} data-last={last} data-fresh={Date.now() - message.received_at < FRESH_MS} aria-label={label} tabIndex={-1}>
      {first && (source || named || channelName) ? (
        <p className="cv-author">{[source ?? (named ? author : undefined), channelName].filter(Boolean).join(" · ")}</p>
      ) : null}
      <div className="cv-line">
        <div className="cv-bubble" data-shape={shapeOf(message)} data-automatic={automatic} data-state={message.state} title={full}>
          {message.forwarded ? <span className="cv-kicker"><Forward {...ICON} size={14} />{t("message.forwarded")}</span> : null}
          <ReferralCard message={message} />
          <Quote message={message} quoted={quoted} contactName={contactName} onJump={actions.jump} />
          {message.revoked_at ? (
            <p className="cv-revoked"><Ban {...ICON} />{ours ? t("message.revoked_ours") : t("message.revoked", { who: contactName })}</p>
          ) : <MessageBody message={message} nextVoice={nextVoice} />}
          <Reactions message={message} contactName={contactName} onReact={(emoji) => actions.react(message, emoji)} />
        </div>
        <Tools message={message} actions={actions} />
      </div>
      <Failure message={message} actions={actions} />
      {message.state === "pending" && message.version === 0 ? <Waiting /> : null}
      <p className="cv-meta" data-show={last || message.state === "failed" || message.state === "ambiguous"}>
        {message.edited_at ? <span>{t("message.edited")}</span> : null}
        <time dateTime={new Date(message.at).toISOString()} title={full}>{time}</time>
        {ours && message.state ? <Ticks state={message.state} channel={message.channel_id} /> : null}
      </p>
    </article>
  );
});
