import { Check, ChevronRight } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { ICON } from "./icon";

export interface MenuProps {
  trigger: ReactElement;
  children: ReactNode;
  align?: "start" | "end" | "center";
  side?: "top" | "bottom" | "right";
}

/** A menu that never locks the page behind it. */
export function Menu({ trigger, children, align = "start", side = "bottom" }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="ui-menu" align={align} side={side} sideOffset={6} collisionPadding={8}>{children}</DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export function MenuItem({ icon, onSelect, danger = false, children }: { icon?: ReactNode; onSelect: () => void; danger?: boolean; children: ReactNode }) {
  return <DropdownMenu.Item className="ui-menu-item" data-danger={danger || undefined} onSelect={onSelect}>{icon}{children}</DropdownMenu.Item>;
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="ui-menu-label">{children}</DropdownMenu.Label>;
}

export function MenuLine() {
  return <DropdownMenu.Separator className="ui-menu-line" />;
}

export function MenuChoice<T extends string>({ value, onChange, options }: { value: T; onChange: (value: T) => void; options: readonly { value: T; label: ReactNode }[] }) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={(next) => onChange(next as T)}>
      {options.map((one) => (
        <DropdownMenu.RadioItem key={one.value} value={one.value} className="ui-menu-item">
          <span className="ui-menu-check"><DropdownMenu.ItemIndicator><Check {...ICON} /></DropdownMenu.ItemIndicator></span>
          <span className="ellipsis">{one.label}</span>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

export function MenuCheck({ checked, onChange, children }: { checked: boolean; onChange: (checked: boolean) => void; children: ReactNode }) {
  return (
    <DropdownMenu.CheckboxItem className="ui-menu-item" checked={checked} onCheckedChange={onChange} onSelect={(event) => event.preventDefault()}>
      <span className="ui-menu-check"><DropdownMenu.ItemIndicator><Check {...ICON} /></DropdownMenu.ItemIndicator></span>{children}
    </DropdownMenu.CheckboxItem>
  );
}

export function SubMenu({ label, icon, children }: { label: string; icon?: ReactNode; children: ReactNode }) {
  return (
    <DropdownMenu.Sub>
      <DropdownMenu.SubTrigger className="ui-menu-item">{icon}{label}<ChevronRight {...ICON} className="ui-menu-more" /></DropdownMenu.SubTrigger>
      <DropdownMenu.Portal><DropdownMenu.SubContent className="ui-menu" sideOffset={4} collisionPadding={8}>{children}</DropdownMenu.SubContent></DropdownMenu.Portal>
    </DropdownMenu.Sub>
  );
}
