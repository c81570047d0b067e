import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { useWords } from "../i18n";

export interface Notice {
  text: string;
  undo?: (() => void) | undefined;
}

type Show = (notice: string | Notice) => void;
const ToastContext = createContext<Show | undefined>(undefined);
const LIFE_MS = 5000;

/** Says what happened elsewhere, for five seconds; stays while the pointer or the focus is on it. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const { t } = useWords();
  const [notice, setNotice] = useState<(Notice & { id: number }) | undefined>();
  const [held, setHeld] = useState(false);
  const next = useRef(0);
  const show = useCallback<Show>((given) => {
    next.current += 1;
    setHeld(false);
    setNotice({ ...(typeof given === "string" ? { text: given } : given), id: next.current });
  }, []);
  useEffect(() => {
    if (!notice || held) return;
    const timer = setTimeout(() => setNotice(undefined), LIFE_MS);
    return () => clearTimeout(timer);
  }, [notice, held]);
  const body = useMemo(() => <ToastContext value={show}>{children}</ToastContext>, [show, children]);
  return (
    <>
      {body}
      <div className="ui-toasts" role="status" aria-live="polite">
        {notice ? (
          <div key={notice.id} className="ui-toast" onPointerEnter={() => setHeld(true)} onPointerLeave={() => setHeld(false)} onFocus={() => setHeld(true)} onBlur={() => setHeld(false)}>
            <span>{notice.text}</span>
            {notice.undo ? <button type="button" onClick={() => { notice.undo?.(); setNotice(undefined); }}>{t("app.undo")}</button> : null}
          </div>
        ) : null}
      </div>
    </>
  );
}

export function useToast(): Show {
  const show = useContext(ToastContext);
  if (!show) throw new Error("a toast outside of its provider");
  return show;
}
