import { ChevronDown, Plus, Smile, X } from "lucide-react";
import { DropdownMenu, Popover } from "radix-ui";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { phoneText } from "../ui/phone";
import { useHost } from "../thread/host";
import type { ContactChannel, Message } from "../thread/model";
import { previewOfMessage } from "../thread/words";

const EmojiPicker = lazy(() => import("./EmojiPicker"));

const ICON = { size: 20, strokeWidth: 1.75, "aria-hidden": true } as const;

export interface Tool {
  key: string;
  icon: ReactNode;
  label: string;
  run: () => void;
}

/** The message that is being answered. */
export function QuoteBar({ message, name, onCancel }: { message: Message; name: string; onCancel: () => void }) {
  const { t } = useHost();
  return (
    <div className="cv-quote-bar">
      <div className="cv-quote"><strong>{t("composer.replying_to", { name })}</strong><span>{previewOfMessage(message, t)}</span></div>
      <button type="button" className="cv-icon-button" onClick={onCancel} aria-label={t("composer.cancel_reply")}><X size={16} strokeWidth={1.75} /></button>
    </div>
  );
}

/** The channel the answer goes over, and the choice of another. */
export function ChannelChip({ channels, chosen, onChoose }: { channels: readonly ContactChannel[]; chosen: ContactChannel | undefined; onChoose: (id: string) => void }) {
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
              <DropdownMenu.RadioItem key={one.id} value={one.id}><i className="cv-glyph" data-source={one.source} aria-hidden="true" />{nameOf(one)}<small>{phoneText(one.identity)}</small></DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export function EmojiTool({ onPick }: { onPick: (emoji: string) => void }) {
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

/** What has no room on a phone. */
export function MoreTools({ tools }: { tools: readonly Tool[] }) {
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
