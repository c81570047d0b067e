import { useState, type FormEvent } from "react";
import { ApiError } from "../api/client";
import { useWords } from "../i18n";

/** Runs a form's request; says in words why it was refused. */
export function useForm(words: (error: unknown) => string) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const submit = (run: () => Promise<void>) => (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    run().catch((error: unknown) => setProblem(words(error))).finally(() => setBusy(false));
  };
  return { busy, problem, submit };
}

/** Makes sentences of refusals: by the code of the first wrong field, else of the whole. */
export function useRefusal() {
  const { t } = useWords();
  return (keys: Record<string, string>, otherwise: string) => (error: unknown) => {
    if (!(error instanceof ApiError)) return t(otherwise);
    if (error.status === 0) return t("session.unreachable");
    if (error.status === 429) return t("session.too_many");
    const code = error.errors[0]?.code ?? error.code;
    return t(keys[code] ?? (error.status >= 500 ? "error.unavailable" : otherwise));
  };
}
