import { Download, X } from "lucide-react";
import { Dialog } from "radix-ui";
import { useHost } from "../thread/host";

/** A PDF over the whole window, drawn by the browser's own viewer. */
export default function PdfView({ url, name, onClose }: { url: string; name: string; onClose: () => void }) {
  const { t } = useHost();
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Content className="cv-lightbox" aria-describedby={undefined}>
          <div className="cv-lightbox-bar">
            <Dialog.Title className="cv-lightbox-name">{name}</Dialog.Title>
            <a href={url} target="_blank" rel="noopener noreferrer" download={name} aria-label={t("message.download")}><Download size={20} strokeWidth={1.75} /></a>
            <Dialog.Close aria-label={t("lightbox.close")}><X size={20} strokeWidth={1.75} /></Dialog.Close>
          </div>
          <iframe className="cv-lightbox-page" src={`${url}#view=FitH`} title={name} referrerPolicy="no-referrer" />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
