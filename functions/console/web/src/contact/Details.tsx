import { Plus, X } from "lucide-react";
import { useRef, useState } from "react";
import { codeAt, problemText } from "../api/problem";
import type { ContactHead, Profile } from "../api/types";
import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { phoneText } from "../ui/phone";
import { Combobox } from "../ui/Combobox";
import { useToast } from "../ui/Toast";
import { CustomFields } from "./CustomFields";
import { EditableValue } from "./EditableValue";
import { colourOf, tagLabel } from "./tag";

export interface Answer { head: ContactHead; profile: Profile }
/** Saves a change; resolves to the problem in words, or to nothing. */
export type Save = (patch: object, pointer: string) => Promise<string | undefined>;

const WORDS: Record<string, string> = { invalid_phone: "contact.invalid_phone", invalid_email: "contact.invalid_email" };

export function Details({ head, profile, onProfile }: { head: ContactHead; profile: Profile; onProfile: (profile: Profile) => void }) {
  const words = useWords();
  const { t } = words;
  const { request, takeHeads, may } = useWorkspace();
  const editable = may("contact_write");
  const save: Save = async (patch, pointer) => {
    try {
      const answer = await request<Answer>("PATCH", `contacts/${head.id}`, { body: patch });
      takeHeads([answer.head]);
      onProfile(answer.profile);
      return undefined;
    } catch (error) {
      const code = codeAt(error, pointer);
      return code ? t(WORDS[code] ?? "contact.invalid_value") : problemText(error, t, "contact.save_failed");
    }
  };
  const regions = new Intl.DisplayNames([words.region], { type: "region", fallback: "code" });
  const languages = new Intl.DisplayNames([words.region], { type: "language", fallback: "code" });
  const named = (names: Intl.DisplayNames, code: string | undefined) => {
    try {
      return code ? names.of(code) : undefined;
    } catch {
      return code;
    }
  };
  const text = (key: "first_name" | "last_name" | "phone" | "email", value: string | undefined, type: string) => (
    <EditableValue label={t(`contact.${key}`)} value={value ?? ""} type={type} shown={type === "tel" && value ? phoneText(value) : undefined} editable={editable} onSave={(next) => save({ [key]: next }, `/${key}`)} />
  );
  return (
    <>
      <dl className="facts">
        {text("first_name", head.first_name, "text")}
        {text("last_name", head.last_name, "text")}
        {text("phone", head.phone ?? profile.foreign_phone, "tel")}
        {profile.foreign_phone && !head.phone ? <p className="ui-hint fact-note">{t("contact.foreign")}</p> : null}
        {text("email", head.email ?? profile.foreign_email, "email")}
        {profile.foreign_email && !head.email ? <p className="ui-hint fact-note">{t("contact.foreign")}</p> : null}
        <EditableValue label={t("contact.country")} value={profile.country ?? ""} shown={named(regions, profile.country)} type="text" maxLength={2} placeholder="EC" editable={editable} onSave={(next) => save({ country: next.toUpperCase() }, "/country")} />
        <EditableValue label={t("contact.language")} value={profile.language ?? ""} shown={named(languages, profile.language)} type="text" maxLength={2} placeholder="es" editable={editable} onSave={(next) => save({ language: next.toLowerCase() }, "/language")} />
        <StageFact head={head} editable={editable} save={save} />
      </dl>
      <Tags head={head} editable={editable} onProfile={onProfile} />
      <CustomFields profile={profile} editable={editable} save={save} />
      <p className="contact-foot">{t("contact.created", { day: words.day(head.created_at) })}<br />{t("contact.id", { id: String(head.id) })}</p>
    </>
  );
}

/** Where the contact stands on the way to a customer. */
function StageFact({ head, editable, save }: { head: ContactHead; editable: boolean; save: Save }) {
  const { t } = useWords();
  const { stages } = useWorkspace();
  const [problem, setProblem] = useState<string>();
  if (stages.length === 0) return null;
  const held = stages.find((one) => one.id === head.stage);
  return (
    <div className="fact">
      <dt>{t("contact.stage")}</dt>
      <dd>
        {editable ? (
          <select className="fact-value" aria-label={t("contact.stage")} value={held?.id ?? ""} onChange={(event) => void save({ stage: event.target.value }, "/stage").then(setProblem)}>
            <option value="">{t("app.none")}</option>
            {stages.map((one) => <option key={one.id} value={one.id}>{tagLabel(one)}</option>)}
          </select>
        ) : <span className="fact-value ellipsis">{held ? tagLabel(held) : "–"}</span>}
        {problem ? <p className="ui-problem" role="alert">{problem}</p> : null}
      </dd>
    </div>
  );
}

function Tags({ head, editable, onProfile }: { head: ContactHead; editable: boolean; onProfile: (profile: Profile) => void }) {
  const { t } = useWords();
  const { tags, request, takeHeads } = useWorkspace();
  const toast = useToast();
  const [open, setOpen] = useState(false);
  const adder = useRef<HTMLButtonElement>(null);
  const change = (patch: { add?: string[]; remove?: string[] }, done?: () => void) => {
    request<Answer>("PATCH", `contacts/${head.id}`, { body: { tags: patch } }).then(
      (answer) => {
        takeHeads([answer.head]);
        onProfile(answer.profile);
        done?.();
      },
      (error: unknown) => toast(problemText(error, t, "contact.save_failed")),
    );
  };
  const held = tags.filter((one) => head.tags.includes(one.id));
  const free = tags.filter((one) => !head.tags.includes(one.id));
  return (
    <section className="contact-section" aria-label={t("contact.tags")}>
      <h3>{t("contact.tags")}</h3>
      <ul className="tags">
        {held.map((tag) => (
          <li key={tag.id} className="tag" data-colour={colourOf(tag)}>
            <span>{tagLabel(tag)}</span>
            {editable ? (
              <button
                type="button" aria-label={t("contact.remove_tag", { name: tag.name })} title={t("contact.remove_tag", { name: tag.name })}
                onClick={() => {
                  adder.current?.focus();
                  change({ remove: [tag.id] }, () => toast({ text: t("contact.tag_removed", { name: tag.name }), undo: () => change({ add: [tag.id] }) }));
                }}
              ><X size={12} strokeWidth={2} aria-hidden="true" /></button>
            ) : null}
          </li>
        ))}
        {editable && tags.length > 0 ? (
          <li>
            <Combobox
              trigger={<button ref={adder} type="button" className="tag-add"><Plus size={12} strokeWidth={2} aria-hidden="true" />{t("contact.add_tag")}</button>}
              label={t("contact.add_tag")} placeholder={t("app.search")} empty={t("palette.empty")} open={open} onOpenChange={setOpen}
              options={free.map((tag) => ({ value: tag.id, label: tagLabel(tag) }))}
              onPick={(id) => change({ add: [id] }, () => toast({ text: t("contact.tag_added", { name: tags.find((one) => one.id === id)?.name ?? "" }), undo: () => change({ remove: [id] }) }))}
            />
          </li>
        ) : null}
        {!editable && held.length === 0 ? <li className="ui-hint">{t("app.none")}</li> : null}
      </ul>
    </section>
  );
}
