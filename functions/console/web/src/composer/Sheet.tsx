import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import type { ReactNode } from "react";
import { useHost } from "../thread/host";

/** A dialog of the composer: centred, and from the bottom edge on a phone. */
export function Sheet({ title, onClose, children, foot }: { title: string; onClose: () => void; children: ReactNode; foot?: ReactNode }) {
  const { t } = useHost();
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <div className="cv-backdrop" aria-hidden="true" />
        <Dialog.Content className="cv-sheet" aria-describedby={undefined}>
          <header>
            <Dialog.Title>{title}</Dialog.Title>
            <Dialog.Close className="cv-icon-button" aria-label={t("lightbox.close")}><X size={20} strokeWidth={1.75} /></Dialog.Close>
          </header>
          <div className="cv-sheet-body">{children}</div>
          {foot ? <footer>{foot}</footer> : null}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** A labelled field with its problem beneath it. */
export function Field({ id, label, problem, children }: { id: string; label: string; problem?: string | undefined; children: ReactNode }) {
  return (
    <div className="cv-field" data-wrong={problem !== undefined}>
      <label htmlFor={id}>{label}</label>
      {children}
      {problem ? <p id={`${id}-problem`} role="alert">{problem}</p> : null}
    </div>
  );
}
