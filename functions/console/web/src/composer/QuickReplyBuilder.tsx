import { Plus, X } from "lucide-react";
import { useId, useState } from "react";
import { useHost } from "../thread/host";
import type { Interactive } from "../thread/model";
import { choiceTypes, EMPTY_FORM, formProblems, interactiveOf, maxChoices, type ChoiceRules, type QuickReplyForm } from "./interactive";
import { Field, Sheet } from "./Sheet";

/** Buttons or a list that the customer answers by tapping. */
export default function QuickReplyBuilder({ text, rules, onSend, onClose }: { text: string; rules: ChoiceRules; onSend: (content: Interactive) => void; onClose: () => void }) {
  const { t } = useHost();
  const base = useId();
  const types = choiceTypes(rules);
  const limits = rules.choice_limits;
  const [form, setForm] = useState<QuickReplyForm>({ ...EMPTY_FORM, type: types[0] ?? "buttons", body: text });
  const [tried, setTried] = useState(false);
  const problems = formProblems(form, rules);
  const say = (key: string) => {
    const problem = problems[key];
    return problem && (tried || problem !== "missing") ? t(`quick.${problem}`) : undefined;
  };
  const change = (part: Partial<QuickReplyForm>) => setForm({ ...form, ...part });
  const choice = (index: number, part: Partial<QuickReplyForm["choices"][number]>) =>
    change({ choices: form.choices.map((one, at) => (at === index ? { ...one, ...part } : one)) });
  const send = () => {
    setTried(true);
    if (Object.keys(problems).length > 0) return;
    onSend(interactiveOf(form));
    onClose();
  };
  const list = form.type === "list";
  return (
    <Sheet title={t("quick.title")} onClose={onClose} foot={(
      <>
        <button type="button" className="cv-button" onClick={onClose}>{t("composer.cancel")}</button>
        <button type="button" className="cv-button cv-primary" onClick={send}>{t("composer.send")}</button>
      </>
    )}>
      {types.length > 1 ? <fieldset className="cv-segments">
        <legend className="cv-hidden">{t("quick.type")}</legend>
        {types.map((type) => (
          <label key={type} data-chosen={form.type === type}>
            <input type="radio" name={`${base}-type`} checked={form.type === type} onChange={() => change({ type })} />{t(`quick.${type}`)}
          </label>
        ))}
      </fieldset> : null}
      {limits?.header ? <Field id={`${base}-header`} label={t("quick.header")} problem={say("header")}>
        <input id={`${base}-header`} value={form.header} onChange={(event) => change({ header: event.target.value })} />
      </Field> : null}
      <Field id={`${base}-body`} label={t("quick.body")} problem={say("body")}>
        <textarea id={`${base}-body`} rows={3} value={form.body} autoFocus onChange={(event) => change({ body: event.target.value })} />
      </Field>
      {limits?.footer ? <Field id={`${base}-footer`} label={t("quick.footer")} problem={say("footer")}>
        <input id={`${base}-footer`} value={form.footer} onChange={(event) => change({ footer: event.target.value })} />
      </Field> : null}
      {list ? (
        <Field id={`${base}-button`} label={t("quick.button")} problem={say("button")}>
          <input id={`${base}-button`} value={form.button} maxLength={limits?.list_label} onChange={(event) => change({ button: event.target.value })} />
        </Field>
      ) : null}
      {form.choices.map((one, index) => (
        <div className="cv-choice-edit" key={index}>
          <Field id={`${base}-choice-${index}`} label={t("quick.choice", { n: index + 1 })} problem={say(`choice:${index}`)}>
            <input id={`${base}-choice-${index}`} value={one.title} onChange={(event) => choice(index, { title: event.target.value })} />
          </Field>
          {list && limits?.row_description ? (
            <Field id={`${base}-more-${index}`} label={t("quick.description")} problem={say(`choice:${index}:description`)}>
              <input id={`${base}-more-${index}`} value={one.description} onChange={(event) => choice(index, { description: event.target.value })} />
            </Field>
          ) : null}
          <button type="button" className="cv-icon-button" disabled={form.choices.length === 1} aria-label={t("quick.remove", { n: index + 1 })}
            onClick={() => change({ choices: form.choices.filter((_, at) => at !== index) })}><X size={16} strokeWidth={1.75} /></button>
        </div>
      ))}
      {problems["choices"] ? <p className="cv-note" role="alert">{t("quick.too_many")}</p> : null}
      <button type="button" className="cv-button" disabled={form.choices.length >= maxChoices(form.type, rules)} onClick={() => change({ choices: [...form.choices, { title: "", description: "" }] })}>
        <Plus size={16} strokeWidth={1.75} aria-hidden="true" />{t("quick.add")}
      </button>
    </Sheet>
  );
}
