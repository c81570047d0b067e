import { UserRoundPlus, UserRoundX } from "lucide-react";
import { useMemo } from "react";
import type { ContactHead } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Avatar } from "../ui/Avatar";
import { Combobox, type Option } from "../ui/Combobox";
import { ICON } from "../ui/icon";

const NOBODY = "";
const ORDER = { online: 0, busy: 1, offline: 2 } as const;

export interface AssigneeMenuProps {
  head: ContactHead;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onAssign: (user: string | null) => void;
}

/** Who is responsible; a searchable list of the team. */
export function AssigneeMenu({ head, open, onOpenChange, onAssign }: AssigneeMenuProps) {
  const { t } = useWords();
  const { users, user, me, may } = useWorkspace();
  const assignee = user(head.assignee);
  const options = useMemo<Option[]>(() => {
    const rank = (id: string, status: keyof typeof ORDER) => (id === me.user_id ? -1 : ORDER[status]);
    const people = [...users].sort((a, b) => rank(a.id, a.status) - rank(b.id, b.status) || a.name.localeCompare(b.name)).map((one) => ({
      value: one.id, label: one.id === me.user_id ? t("assign.me", { name: one.name }) : one.name, also: one.email,
      before: <Avatar name={one.name} id={one.id} size={24} status={one.status} />,
      after: <span className="visually-hidden">{t(`user.${one.status}`)}</span>,
    }));
    return head.assignee === null ? people : [{ value: NOBODY, label: t("assign.unassign"), before: <UserRoundX {...ICON} /> }, ...people];
  }, [users, me.user_id, head.assignee, t]);
  const label = assignee ? t("inbox.assigned_to", { name: assignee.name }) : t("assign.nobody");
  const trigger = (
    <button type="button" className="assignee" aria-label={label} title={label} disabled={!may("conversation_manage")}>
      {assignee ? <Avatar name={assignee.name} id={assignee.id} size={24} /> : <UserRoundPlus {...ICON} />}
      <span className="ellipsis">{assignee ? assignee.name : t("assign.nobody")}</span>
    </button>
  );
  return (
    <Combobox
      trigger={trigger} label={t("assign.label")} placeholder={t("assign.search")} empty={t("assign.empty")} options={options} value={head.assignee ?? undefined}
      onPick={(value) => onAssign(value === NOBODY ? null : value)} open={open} onOpenChange={onOpenChange} align="end"
    />
  );
}
