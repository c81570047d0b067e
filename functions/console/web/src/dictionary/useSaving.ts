/** A form's one request: busy while it runs, its error where it fails, and a word when it is done. */
import { useState } from "react";
import { ApiError } from "../api/client";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { useToast } from "../ui/Toast";

export interface Saving {
  busy: boolean;
  error: unknown;
  code: string | undefined;
  send: (work: Promise<unknown>, done: string) => void;
}

export function useSaving(onDone: () => void): Saving {
  const { t } = useWords();
  const { reload } = useWorkspace();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const send = (work: Promise<unknown>, done: string) => {
    setBusy(true);
    setError(undefined);
    work.then(
      async () => {
        await reload();
        setBusy(false);
        toast(t(done));
        onDone();
      },
      (caught: unknown) => {
        setBusy(false);
        setError(caught);
      },
    );
  };
  return { busy, error, code: error instanceof ApiError ? error.code : undefined, send };
}
