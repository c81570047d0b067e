import { Download, RotateCw, X, ZoomIn, ZoomOut } from "lucide-react";
import { Dialog } from "radix-ui";
import { useRef, useState, type PointerEvent, type WheelEvent } from "react";
import { useHost } from "../thread/host";

const MIN = 1;
const MAX = 6;

/** A picture over the whole window: zoom, drag, rotate. */
export default function Lightbox({ url, name, onClose }: { url: string; name: string; onClose: () => void }) {
  const { t } = useHost();
  const [zoom, setZoom] = useState(1);
  const [turn, setTurn] = useState(0);
  const [shift, setShift] = useState({ x: 0, y: 0 });
  const drag = useRef<{ x: number; y: number } | undefined>(undefined);

  const scale = (factor: number) => {
    const next = Math.min(MAX, Math.max(MIN, zoom * factor));
    setZoom(next);
    if (next === MIN) setShift({ x: 0, y: 0 });
  };
  const down = (event: PointerEvent<HTMLImageElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX - shift.x, y: event.clientY - shift.y };
  };
  const move = (event: PointerEvent) => {
    if (drag.current && zoom > 1) setShift({ x: event.clientX - drag.current.x, y: event.clientY - drag.current.y });
  };
  const keys: Record<string, () => void> = { "+": () => scale(1.4), "=": () => scale(1.4), "-": () => scale(1 / 1.4), r: () => setTurn(turn + 90) };

  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Content
          className="cv-lightbox" aria-describedby={undefined} onKeyDown={(event) => keys[event.key]?.()}
          onWheel={(event: WheelEvent) => scale(event.deltaY < 0 ? 1.15 : 1 / 1.15)}
        >
          <Dialog.Title className="cv-hidden">{t("lightbox.title")}</Dialog.Title>
          <div className="cv-lightbox-bar">
            <button type="button" onClick={() => scale(1 / 1.4)} aria-label={t("lightbox.zoom_out")}><ZoomOut size={20} strokeWidth={1.75} /></button>
            <button type="button" onClick={() => scale(1.4)} aria-label={t("lightbox.zoom_in")}><ZoomIn size={20} strokeWidth={1.75} /></button>
            <button type="button" onClick={() => setTurn(turn + 90)} aria-label={t("lightbox.rotate")}><RotateCw size={20} strokeWidth={1.75} /></button>
            <a href={url} target="_blank" rel="noopener noreferrer" download={name} aria-label={t("message.download")}><Download size={20} strokeWidth={1.75} /></a>
            <Dialog.Close aria-label={t("lightbox.close")}><X size={20} strokeWidth={1.75} /></Dialog.Close>
          </div>
          <div className="cv-lightbox-stage" onClick={(event) => event.target === event.currentTarget && onClose()}>
            <img
              src={url} alt={name} draggable={false} data-sideways={turn % 180 !== 0} onPointerDown={down} onPointerMove={move}
              onPointerUp={() => (drag.current = undefined)} onDoubleClick={() => scale(zoom > 1 ? 1 / MAX : 2.5)}
              style={{ transform: `translate(${shift.x}px, ${shift.y}px) scale(${zoom}) rotate(${turn}deg)` }}
            />
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
