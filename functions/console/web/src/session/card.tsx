import type { FormEvent, ReactNode } from "react";
import { usePreferences } from "../app/preferences";
import { useWords } from "../i18n";
import { Hummingbird } from "./Hummingbird";

/** The card on which everything before the first screen stands. */
export function SessionCard({ children }: { children: ReactNode }) {
  const { t } = useWords();
  const { locale, setLocale } = usePreferences();
  return (
    <div className="session">
      <main className="session-card">
        <Hummingbird />
        {children}
      </main>
      <p className="session-language">
        {(["es", "en"] as const).map((one) => (
          <button key={one} type="button" className="session-locale" aria-pressed={locale === one} lang={one} onClick={() => setLocale(one)}>{t(`account.language_${one}`)}</button>
        ))}
      </p>
    </div>
  );
}

export function Form({ title, lead, onSubmit, problem, children }: { title: string; lead?: string; onSubmit: (event: FormEvent) => void; problem?: string | undefined; children: ReactNode }) {
  return (
    <form className="ui-form" onSubmit={onSubmit}>
      <div className="session-head"><h1>{title}</h1>{lead ? <p>{lead}</p> : null}</div>
      {problem ? <p className="session-problem" role="alert">{problem}</p> : null}
      {children}
    </form>
  );
}
