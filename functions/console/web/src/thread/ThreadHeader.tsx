import { ArrowLeft, Ban, CheckCheck, Ellipsis, EyeOff, MailOpen, PanelRight, RotateCcw, Eye } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";
import { phoneText } from "../ui/phone";
import { useHost } from "./host";
import type { ContactHead } from "./model";

const ICON = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

export interface ThreadHeaderProps {
  head: ContactHead;
  /** The control that assigns the conversation. */
  assignee?: ReactNode;
  hideEvents: boolean;
  onHideEvents: (hide: boolean) => void;
  onBack?: (() => void) | undefined;
  onOpen: () => void;
  onClose: () => void;
  /** Closes with notes, where closing alone does not ask for them. */
  onCloseWithNotes?: (() => void) | undefined;
  onMarkUnread: () => void;
  onBlock: (blocked: boolean) => void;
  onDetails?: (() => void) | undefined;
}

/** Who this conversation is with, who is responsible for it, and what can be done with it. */
export function ThreadHeader(props: ThreadHeaderProps) {
  const { head, assignee, hideEvents, onBack, onDetails } = props;
  const { t, channels } = useHost();
  const used = channels.filter((channel) => head.channels.some((one) => one.channel_id === channel.id));
  const address = phoneText(head.phone ?? head.email ?? "");
  const name = phoneText(head.name);
  const open = head.status === "open";
  return (
    <header className="cv-header">
      {onBack ? <button type="button" className="cv-icon-button" onClick={onBack} aria-label={t("thread.back")}><ArrowLeft size={20} strokeWidth={1.75} aria-hidden="true" /></button> : null}
      <div className="cv-header-name">
        <h2 title={name}>{onDetails ? <button type="button" className="cv-header-open" onClick={onDetails}>{name}</button> : name}</h2>
        <p>
          {used[0] ? <i className="cv-glyph" data-source={used[0].source} aria-hidden="true" /> : null}
          <span title={used.map((one) => one.name).join(", ")}>{[address === name ? "" : address, used.map((one) => one.name).join(", ")].filter(Boolean).join(" · ")}</span>
        </p>
      </div>
      {assignee}
      <button type="button" className="cv-button cv-header-state" onClick={open ? props.onClose : props.onOpen} aria-label={t(open ? "thread.close" : "thread.open")}>
        {open ? <CheckCheck {...ICON} /> : <RotateCcw {...ICON} />}<span>{t(open ? "thread.close" : "thread.open")}</span>
      </button>
      {onDetails ? <button type="button" className="cv-icon-button cv-header-details" onClick={onDetails} aria-label={t("thread.details")} title={t("thread.details")}><PanelRight size={20} strokeWidth={1.75} aria-hidden="true" /></button> : null}
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild><button type="button" className="cv-icon-button" aria-label={t("thread.more")} title={t("thread.more")}><Ellipsis size={20} strokeWidth={1.75} aria-hidden="true" /></button></DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="cv-menu" align="end" sideOffset={6} collisionPadding={8}>
            {open && props.onCloseWithNotes ? <DropdownMenu.Item onSelect={props.onCloseWithNotes}><CheckCheck {...ICON} />{t("thread.close_notes")}</DropdownMenu.Item> : null}
            <DropdownMenu.Item onSelect={props.onMarkUnread}><MailOpen {...ICON} />{t("thread.mark_unread")}</DropdownMenu.Item>
            <DropdownMenu.Item onSelect={() => props.onHideEvents(!hideEvents)}>{hideEvents ? <Eye {...ICON} /> : <EyeOff {...ICON} />}{t(hideEvents ? "thread.show_events" : "thread.hide_events")}</DropdownMenu.Item>
            <DropdownMenu.Item onSelect={() => props.onBlock(!head.blocked)}><Ban {...ICON} />{t(head.blocked ? "thread.unblock" : "thread.block")}</DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
    </header>
  );
}
