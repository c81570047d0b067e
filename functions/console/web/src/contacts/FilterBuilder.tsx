import { Plus, Split, X } from "lucide-react";
import { useMemo, useState } from "react";
import { useWorkspace } from "../app/workspace";
import { tagLabel } from "../contact/tag";
import { useWords } from "../i18n";
import { Combobox, type Option } from "../ui/Combobox";
import { Button, IconButton } from "../ui/Button";
import { ICON } from "../ui/icon";
import { conditions, entryOf, FIELDS, freshCondition, freshValue, isGroup, kindOf, OPERATORS, partsOf, withParts, type Condition, type Filter, type Group, type Operator } from "./filter";

/** Groups inside groups at most, and conditions in all: the server's limits. */
const DEPTH = 5;
const CONDITIONS = 50;

/** Edits a filter: groups of conditions, all or any of which must hold. */
export function FilterBuilder({ filter, onChange, wrong }: { filter: Group; onChange: (filter: Group) => void; wrong?: ReadonlySet<string> | undefined }) {
  const full = conditions(filter).length >= CONDITIONS;
  return <GroupEditor group={filter} depth={1} pointer="" full={full} wrong={wrong} onChange={onChange} />;
}

interface GroupProps { group: Group; depth: number; pointer: string; full: boolean; wrong?: ReadonlySet<string> | undefined; onChange: (group: Group) => void; onRemove?: () => void }

function GroupEditor({ group, depth, pointer, full, wrong, onChange, onRemove }: GroupProps) {
  const { t } = useWords();
  const { fields } = useWorkspace();
  const [picking, setPicking] = useState(false);
  const parts = partsOf(group);
  const name = "all" in group ? "all" : "any";
  const set = (index: number, part: Filter | undefined) => onChange(withParts(group, parts.flatMap((one, place) => (place === index ? (part ? [part] : []) : [one]))));
  return (
    <fieldset className="filter-group" data-depth={depth}>
      <legend className="visually-hidden">{t(depth === 1 ? "filter.title" : "filter.group")}</legend>
      <div className="filter-how">
        <span>{t("filter.how")}</span>
        <select className="ui-input" aria-label={t("filter.how_label")} value={name} onChange={(event) => onChange(event.target.value === "all" ? { all: parts } : { any: parts })}>
          <option value="all">{t("filter.all")}</option>
          <option value="any">{t("filter.any")}</option>
        </select>
        {onRemove ? <IconButton label={t("filter.remove_group")} onClick={onRemove}><X {...ICON} /></IconButton> : null}
      </div>
      {parts.map((part, index) => {
        const at = `${pointer}/${name}/${index}`;
        return isGroup(part)
          ? <GroupEditor key={index} group={part} depth={depth + 1} pointer={at} full={full} wrong={wrong} onChange={(next) => set(index, next)} onRemove={() => set(index, undefined)} />
          : <ConditionEditor key={index} condition={part} wrong={wrong ? [...wrong].some((one) => one.startsWith(at)) : false} onChange={(next) => set(index, next)} onRemove={() => set(index, undefined)} />;
      })}
      {full ? <p className="ui-hint">{t("filter.full", { most: CONDITIONS })}</p> : (
        <div className="filter-add">
          <FieldPicker open={picking} onOpenChange={setPicking} onPick={(field) => onChange(withParts(group, [...parts, freshCondition(field, fields)]))} />
          {depth < DEPTH ? <Button tone="quiet" onClick={() => onChange(withParts(group, [...parts, name === "all" ? { any: [] } : { all: [] }]))}><Split {...ICON} />{t("filter.add_group")}</Button> : null}
        </div>
      )}
    </fieldset>
  );
}

/** What a field is called. */
export function useFieldNames(): (field: string) => string {
  const { t } = useWords();
  const { fields } = useWorkspace();
  return (field) => (field.startsWith("custom:") ? (fields.find((one) => `custom:${one.slug}` === field)?.name ?? field.slice(7)) : t(`filter.field_${field}`));
}

function FieldPicker({ open, onOpenChange, onPick }: { open: boolean; onOpenChange: (open: boolean) => void; onPick: (field: string) => void }) {
  const { t } = useWords();
  const { fields } = useWorkspace();
  const options = useMemo<Option[]>(() => [
    ...FIELDS.map((one) => ({ value: one.field, label: t(`filter.field_${one.field}`) })),
    ...fields.map((one) => ({ value: `custom:${one.slug}`, label: one.name, also: one.slug })),
  ], [fields, t]);
  return (
    <Combobox
      trigger={<button type="button" className="ui-button" data-tone="plain"><Plus {...ICON} />{t("filter.add")}</button>}
      label={t("filter.add")} placeholder={t("app.search")} empty={t("palette.empty")} options={options} open={open} onOpenChange={onOpenChange} onPick={onPick}
    />
  );
}

function ConditionEditor({ condition, wrong, onChange, onRemove }: { condition: Condition; wrong: boolean; onChange: (condition: Condition) => void; onRemove: () => void }) {
  const { t } = useWords();
  const { fields } = useWorkspace();
  const named = useFieldNames()(condition.field);
  const kind = kindOf(condition.field, fields);
  if (!kind) {
    return (
      <div className="filter-condition" data-wrong="true">
        <strong>{named}</strong><span className="ui-problem">{t("filter.field_gone")}</span>
        <IconButton label={t("filter.remove", { field: named })} onClick={onRemove}><X {...ICON} /></IconButton>
      </div>
    );
  }
  const entry = entryOf(kind, condition.operator);
  const choose = (operator: Operator) => {
    const next = entryOf(kind, operator);
    const value = next === entry ? condition.value : freshValue(next);
    onChange({ field: condition.field, operator, ...(value === undefined ? {} : { value }) });
  };
  const operatorName = (one: Operator) => t(`filter.${kind === "span" ? "span_" : ""}${one}`);
  return (
    <div className="filter-condition" data-wrong={wrong || undefined}>
      <strong>{named}</strong>
      <select className="ui-input" aria-label={t("filter.operator", { field: named })} value={condition.operator} onChange={(event) => choose(event.target.value as Operator)}>
        {OPERATORS[kind].map((one) => <option key={one} value={one}>{operatorName(one)}</option>)}
      </select>
      <span className="filter-value"><ValueEditor condition={condition} label={t("filter.value", { field: named })} onValue={(value) => onChange({ ...condition, value })} /></span>
      <IconButton label={t("filter.remove", { field: named })} onClick={onRemove}><X {...ICON} /></IconButton>
      {wrong ? <p className="ui-problem">{t("filter.wrong")}</p> : null}
    </div>
  );
}

interface Span { amount: number; unit: string }

function ValueEditor({ condition, label, onValue }: { condition: Condition; label: string; onValue: (value: unknown) => void }) {
  const { t } = useWords();
  const { fields } = useWorkspace();
  const kind = kindOf(condition.field, fields) ?? "text";
  const entry = entryOf(kind, condition.operator);
  const { value } = condition;
  const input = (type: string, held: unknown, put: (value: unknown) => void, name = label, extra: { min?: number; max?: number; step?: string } = {}) => (
    <input
      className="ui-input" type={type} aria-label={name} {...extra} value={typeof held === "number" && Number.isNaN(held) ? "" : String(held ?? "")}
      onChange={(event) => put(type === "number" ? event.target.valueAsNumber : event.target.value)}
    />
  );
  const two = (type: string) => {
    const [from, to] = Array.isArray(value) ? (value as unknown[]) : [];
    return <>{input(type, from, (next) => onValue([next, to]), `${label}: ${t("filter.from")}`, { step: "any" })}<span>{t("filter.and")}</span>{input(type, to, (next) => onValue([from, next]), `${label}: ${t("filter.to")}`, { step: "any" })}</>;
  };
  const span = (held: Span | undefined, put: (span: Span) => void, name: string) => {
    const one = held ?? { amount: 1, unit: "days" };
    return (
      <>
        {input("number", one.amount, (amount) => put({ ...one, amount: amount as number }), name, { min: 1, max: 100_000 })}
        <select className="ui-input" aria-label={t("filter.unit", { field: name })} value={one.unit} onChange={(event) => put({ ...one, unit: event.target.value })}>
          {["minutes", "hours", "days"].map((unit) => <option key={unit} value={unit}>{t(`filter.${unit}`)}</option>)}
        </select>
      </>
    );
  };
  switch (entry) {
    case "none": return null;
    case "flag": return (
      <select className="ui-input" aria-label={label} value={String(value)} onChange={(event) => onValue(event.target.value === "true")}>
        <option value="true">{t("contact.yes")}</option><option value="false">{t("contact.no")}</option>
      </select>
    );
    case "number": return input("number", value, onValue, label, { step: "any" });
    case "numbers": return two("number");
    case "date": return input("date", value, onValue);
    case "dates": return two("date");
    case "time": return input("time", value, onValue);
    case "times": return two("time");
    case "days": return <>{input("number", value, onValue, label, { min: 1, max: 3650 })}<span>{t("filter.days")}</span></>;
    case "span": return span(value as Span | undefined, onValue, label);
    case "spans": {
      const [from, to] = Array.isArray(value) ? (value as Span[]) : [];
      return <>{span(from, (next) => onValue([next, to]), `${label}: ${t("filter.from")}`)}<span>{t("filter.and")}</span>{span(to, (next) => onValue([from, next]), `${label}: ${t("filter.to")}`)}</>;
    }
    case "one": case "many": return <Choices condition={condition} label={label} many={entry === "many"} onValue={onValue} />;
    default: return input("text", value, onValue);
  }
}

/** The values that a field may have; `undefined` where any text goes. */
function useOptions(field: string): Option[] | undefined {
  const { t, region } = useWords();
  const { tags, stages, users, channels, fields } = useWorkspace();
  return useMemo(() => {
    switch (field) {
      case "tags": return tags.map((tag) => ({ value: tag.id, label: tagLabel(tag) }));
      case "stage": return stages.map((stage) => ({ value: stage.id, label: tagLabel(stage) }));
      case "assignee": return users.map((user) => ({ value: user.id, label: user.name, also: user.email }));
      case "channels": case "last_channel": return channels.map((channel) => ({ value: channel.id, label: channel.name }));
      case "status": return ["open", "closed"].map((value) => ({ value, label: t(`contacts.status_${value}`) }));
      case "country": {
        const names = new Intl.DisplayNames([region], { type: "region" });
        return COUNTRIES.map((value) => ({ value, label: names.of(value) ?? value, also: value })).sort((a, b) => a.label.localeCompare(b.label));
      }
      case "language": {
        const names = new Intl.DisplayNames([region], { type: "language" });
        return LANGUAGES.map((value) => ({ value, label: names.of(value) ?? value, also: value }));
      }
      default: return fields.find((one) => `custom:${one.slug}` === field)?.options?.map((value) => ({ value, label: value }));
    }
  }, [field, tags, stages, users, channels, fields, region, t]);
}

const LANGUAGES = ["es", "en", "pt", "fr", "it", "de", "qu", "zh"];
const COUNTRIES = "AR AU BO BR CA CH CL CN CO CR CU DE DO EC ES FR GB GT HN HT IN IT JM JP KR MX NI NL PA PE PR PT PY SV US UY VE".split(" ");

function Choices({ condition, label, many, onValue }: { condition: Condition; label: string; many: boolean; onValue: (value: unknown) => void }) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  const options = useOptions(condition.field) ?? [];
  const held = many ? (Array.isArray(condition.value) ? (condition.value as string[]) : []) : typeof condition.value === "string" && condition.value ? [condition.value] : [];
  const named = (value: string) => options.find((one) => one.value === value)?.label;
  const free = many ? options.filter((one) => !held.includes(one.value)) : options;
  if (!many) {
    return (
      <select className="ui-input" aria-label={label} value={held[0] ?? ""} onChange={(event) => onValue(event.target.value)}>
        <option value="" disabled>{t("filter.choose")}</option>
        {held[0] !== undefined && named(held[0]) === undefined ? <option value={held[0]}>{t("filter.gone")}</option> : null}
        {options.map((one) => <option key={one.value} value={one.value}>{one.label}</option>)}
      </select>
    );
  }
  return (
    <span className="filter-many">
      {held.map((value) => (
        <span key={value} className="tag" data-gone={named(value) === undefined || undefined}>
          <span>{named(value) ?? t("filter.gone")}</span>
          <button type="button" aria-label={t("filter.remove_value", { name: named(value) ?? t("filter.gone") })} onClick={() => onValue(held.filter((one) => one !== value))}><X size={12} strokeWidth={2} aria-hidden="true" /></button>
        </span>
      ))}
      <Combobox
        trigger={<button type="button" className="tag-add" aria-label={label}><Plus size={12} strokeWidth={2} aria-hidden="true" />{t("filter.choose")}</button>}
        label={label} placeholder={t("app.search")} empty={t("palette.empty")} options={free} open={open} onOpenChange={setOpen} onPick={(value) => onValue([...held, value])}
      />
    </span>
  );
}

