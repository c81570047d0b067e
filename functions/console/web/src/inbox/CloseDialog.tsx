import { useState, type FormEvent } from "react";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Button } from "../ui/Button";
import { Combobox } from "../ui/Combobox";
import { Dialog } from "../ui/Dialog";
import { ChevronsUpDown } from "lucide-react";
import { ICON } from "../ui/icon";

export interface ClosingNote { category_id?: string; summary?: string }

const SUMMARY = 512;

/** The notes that a workspace asks for when a conversation closes. */
export function CloseDialog({ name, onClose, onSubmit }: { name: string; onClose: () => void; onSubmit: (note: ClosingNote) => void }) {
  const { t } = useWords();
  const { closing_categories: categories, workspace } = useWorkspace();
  const mode = workspace.closing_note_mode;
  const [category, setCategory] = useState<string>();
  const [summary, setSummary] = useState("");
  const [open, setOpen] = useState(false);
  const [tried, setTried] = useState(false);
  const needsCategory = mode === "mandatory_category" || mode === "mandatory_both";
  const needsSummary = mode === "mandatory_both";
  const wrong = { category: tried && needsCategory && !category, summary: tried && needsSummary && !summary.trim() };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if ((needsCategory && !category) || (needsSummary && !summary.trim())) return;
    onSubmit({ ...(category ? { category_id: category } : {}), ...(summary.trim() ? { summary: summary.trim() } : {}) });
  };
  const chosen = categories.find((one) => one.id === category);
  return (
    <Dialog
      title={`${t("close.title")} · ${name}`} open onClose={onClose}
      foot={<><Button onClick={onClose}>{t("app.cancel")}</Button><Button type="submit" form="close-form" tone="primary">{t("close.submit")}</Button></>}
    >
      <form id="close-form" className="ui-form" onSubmit={submit}>
        <div className="ui-field" data-wrong={wrong.category}>
          <span className="ui-legend">{t("close.category")}</span>
          <Combobox
            trigger={<button type="button" className="ui-input select" aria-label={`${t("close.category")}: ${chosen?.name ?? t("close.pick")}`}><span className="ellipsis">{chosen?.name ?? t("close.pick")}</span><ChevronsUpDown {...ICON} /></button>}
            label={t("close.category")} placeholder={t("app.search")} empty={t("palette.empty")} value={category} onPick={setCategory} open={open} onOpenChange={setOpen}
            options={categories.map((one) => ({ value: one.id, label: one.name, also: one.description }))}
          />
          {wrong.category ? <p className="ui-problem" role="alert">{t("connect.required")}</p> : chosen?.description ? <p className="ui-hint">{chosen.description}</p> : null}
        </div>
        <div className="ui-field" data-wrong={wrong.summary}>
          <label htmlFor="close-summary">{t("close.summary")}</label>
          <textarea id="close-summary" className="ui-input" rows={3} maxLength={SUMMARY} value={summary} onChange={(event) => setSummary(event.target.value)} aria-invalid={wrong.summary} aria-describedby="close-hint" />
          <p id="close-hint" className={wrong.summary ? "ui-problem" : "ui-hint"}>{t(wrong.summary ? "connect.required" : "close.summary_hint")}</p>
        </div>
      </form>
    </Dialog>
  );
}
