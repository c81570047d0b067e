import { Ban, MessageSquare, MessageSquareOff, MoreHorizontal, Tag as TagIcon, Trash2, UserRoundPlus, UserRoundX, Waypoints, X } from "lucide-react";
import { useState } from "react";
import { problemText } from "../api/problem";
import { useWorkspace } from "../app/workspace";
import { tagLabel } from "../contact/tag";
import { useWords } from "../i18n";
import { CloseDialog } from "../inbox/CloseDialog";
import { Avatar } from "../ui/Avatar";
import { Button, IconButton } from "../ui/Button";
import { Combobox } from "../ui/Combobox";
import { Dialog } from "../ui/Dialog";
import { ICON } from "../ui/icon";
import { Menu, MenuItem } from "../ui/Menu";
import { useToast } from "../ui/Toast";
import { useBulk, type BulkAction } from "./useBulk";

interface BulkBarProps {
  ids: readonly number[];
  /** Everybody on the page is chosen and there are more: chooses all of them. */
  onAll?: (() => void) | undefined;
  all?: number | undefined;
  choosing: boolean;
  onClear: () => void;
  onDone: (action: BulkAction, ids: readonly number[]) => void;
}

/** What can be done with the chosen contacts. */
export function BulkBar({ ids, onAll, all, choosing, onClear, onDone }: BulkBarProps) {
  const { t, number } = useWords();
  const { may, tags, stages, users } = useWorkspace();
  const toast = useToast();
  const { progress, run, stop } = useBulk();
  const [open, setOpen] = useState<"assign" | "tag" | "untag" | "stage">();
  const [asking, setAsking] = useState<"delete" | "close" | "block">();
  const act = (action: BulkAction) => {
    setAsking(undefined);
    run(ids, action).then(
      (outcome) => {
        onDone(action, outcome.done);
        const told = { done: outcome.done.length, failed: outcome.failed.length };
        toast(t(outcome.stopped ? "bulk.stopped" : outcome.failed.length > 0 ? "bulk.partly" : "bulk.done", told));
      },
      (error: unknown) => toast(problemText(error, t, "bulk.failed")),
    );
  };
  if (progress) {
    return (
      <div className="bulk" role="status">
        <progress max={progress.all} value={progress.done + progress.failed} aria-label={t("bulk.working")} />
        <span className="figures">{t("bulk.progress", { done: progress.done + progress.failed, all: progress.all })}</span>
        <Button onClick={stop}>{t("bulk.stop")}</Button>
      </div>
    );
  }
  const picker = (key: "assign" | "tag" | "untag" | "stage", icon: React.ReactNode, options: Parameters<typeof Combobox>[0]["options"], onPick: (value: string) => void) => (
    <Combobox
      trigger={<button type="button" className="ui-button" data-tone="plain">{icon}<span>{t(`bulk.${key}`)}</span></button>}
      label={t(`bulk.${key}`)} placeholder={t("app.search")} empty={t("palette.empty")} options={options} open={open === key} onOpenChange={(next) => setOpen(next ? key : undefined)} onPick={onPick}
    />
  );
  const tagged = tags.map((tag) => ({ value: tag.id, label: tagLabel(tag) }));
  return (
    <div className="bulk" role="toolbar" aria-label={t("bulk.label")}>
      <IconButton label={t("bulk.clear")} onClick={onClear}><X {...ICON} /></IconButton>
      <strong className="figures" role="status">{t("bulk.chosen", { count: ids.length })}</strong>
      {onAll && all !== undefined ? <Button tone="quiet" busy={choosing} onClick={onAll}>{t("bulk.all", { count: number(all) })}</Button> : null}
      <span className="bulk-actions">
        {may("conversation_manage") ? picker("assign", <UserRoundPlus {...ICON} />, [{ value: "", label: t("assign.unassign"), before: <UserRoundX {...ICON} /> }, ...users.map((user) => ({ value: user.id, label: user.name, also: user.email, before: <Avatar name={user.name} id={user.id} size={24} /> }))], (id) => act({ kind: "assign", user_id: id || null })) : null}
        {may("contact_write") && tags.length > 0 ? picker("tag", <TagIcon {...ICON} />, tagged, (id) => act({ kind: "tag", add: [id] })) : null}
        {may("contact_write") && tags.length > 0 ? picker("untag", <TagIcon {...ICON} />, tagged, (id) => act({ kind: "tag", remove: [id] })) : null}
        {may("contact_write") && stages.length > 0 ? picker("stage", <Waypoints {...ICON} />, [{ value: "", label: t("app.none") }, ...stages.map((stage) => ({ value: stage.id, label: tagLabel(stage) }))], (id) => act({ kind: "stage", stage: id || null })) : null}
        <Menu trigger={<button type="button" className="ui-button" data-tone="plain" aria-label={t("bulk.more")}><MoreHorizontal {...ICON} /></button>} align="end">
          {may("conversation_manage") ? <MenuItem icon={<MessageSquare {...ICON} />} onSelect={() => act({ kind: "open" })}>{t("bulk.open")}</MenuItem> : null}
          {may("conversation_manage") ? <MenuItem icon={<MessageSquareOff {...ICON} />} onSelect={() => setAsking("close")}>{t("bulk.close")}</MenuItem> : null}
          {may("contact_block") ? <MenuItem icon={<Ban {...ICON} />} onSelect={() => setAsking("block")}>{t("bulk.block")}</MenuItem> : null}
          {may("contact_block") ? <MenuItem icon={<Ban {...ICON} />} onSelect={() => act({ kind: "unblock" })}>{t("bulk.unblock")}</MenuItem> : null}
          {may("contact_delete") ? <MenuItem danger icon={<Trash2 {...ICON} />} onSelect={() => setAsking("delete")}>{t("bulk.delete")}</MenuItem> : null}
        </Menu>
      </span>
      {asking === "close" ? <CloseDialog name={t("bulk.chosen", { count: ids.length })} onClose={() => setAsking(undefined)} onSubmit={(note) => act({ kind: "close", ...note })} /> : null}
      {asking === "delete" || asking === "block" ? (
        <Dialog
          title={t(`bulk.${asking}_title`, { count: ids.length })} open onClose={() => setAsking(undefined)}
          foot={<><Button onClick={() => setAsking(undefined)}>{t("app.cancel")}</Button><Button tone="danger" onClick={() => act({ kind: asking })}>{t(`bulk.${asking}_submit`)}</Button></>}
        >
          <p>{t(`bulk.${asking}_lead`)}</p>
        </Dialog>
      ) : null}
    </div>
  );
}
