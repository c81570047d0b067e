import { Tooltip } from "radix-ui";
import type { ReactElement } from "react";

export const TipProvider = Tooltip.Provider;

/** A name beside a control that shows none. */
export function Tip({ text, side = "bottom", children }: { text: string; side?: "top" | "bottom" | "left" | "right"; children: ReactElement }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal><Tooltip.Content className="ui-tip" side={side} sideOffset={6} collisionPadding={8}>{text}</Tooltip.Content></Tooltip.Portal>
    </Tooltip.Root>
  );
}
