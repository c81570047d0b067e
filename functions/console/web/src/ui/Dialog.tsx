import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { useWords } from "../i18n";
import { ICON_LARGE } from "./icon";

export interface DialogProps {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  foot?: ReactNode;
  /** Where it stands: in the middle, or along an edge. */
  place?: "centre" | "right" | "left";
  wide?: boolean;
  titleHidden?: boolean;
}

/** The focus begins where something is filled in, else on the dialog itself: not on the button that closes it. */
function begin(event: Event): void {
  const dialog = event.currentTarget as HTMLElement;
  if (dialog.contains(document.activeElement) && document.activeElement !== dialog) {
    event.preventDefault();
    return;
  }
  const field = dialog.querySelector<HTMLElement>(".ui-dialog-body :is(input, select, textarea, button.ui-input):not(:disabled)");
  event.preventDefault();
  (field ?? dialog).focus();
}

/** A dialog, or a drawer at an edge. The backdrop is ours: the library's own would write a style into the page. */
export function Dialog({ title, open, onClose, children, foot, place = "centre", wide = false, titleHidden = false }: DialogProps) {
  const { t } = useWords();
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <div className="ui-backdrop" aria-hidden="true" />
        <Radix.Content className="ui-dialog" data-place={place} data-wide={wide || undefined} aria-describedby={undefined} tabIndex={-1} onOpenAutoFocus={begin}>
          {titleHidden ? <Radix.Title className="visually-hidden">{title}</Radix.Title> : (
            <header>
              <Radix.Title>{title}</Radix.Title>
              <Radix.Close className="ui-icon-button" aria-label={t("app.close")}><X {...ICON_LARGE} /></Radix.Close>
            </header>
          )}
          <div className="ui-dialog-body">{children}</div>
          {foot ? <footer>{foot}</footer> : null}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
