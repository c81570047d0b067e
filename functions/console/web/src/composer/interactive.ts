/** The builder of quick replies: buttons or a list, checked against the channel's limits. */
import type { Capabilities, Interactive, InteractiveChoice } from "../thread/model";
import { lengthOf } from "./split";

/** Of what a channel can do, what these messages need. */
export type ChoiceRules = Pick<Capabilities, "buttons" | "list_rows" | "choice_limits">;

const NONE = { body: 0, header: 0, footer: 0, button_title: 0, list_label: 0, row_title: 0, row_description: 0 };

/** The kinds that a channel has. */
export function choiceTypes(rules: ChoiceRules): QuickReplyForm["type"][] {
  return [...(rules.buttons > 0 ? (["buttons"] as const) : []), ...(rules.list_rows > 0 ? (["list"] as const) : [])];
}

export interface QuickReplyForm {
  type: "buttons" | "list";
  header: string;
  body: string;
  footer: string;
  /** The label that opens a list. */
  button: string;
  choices: { title: string; description: string }[];
}

export const EMPTY_FORM: QuickReplyForm = {
  type: "buttons", header: "", body: "", footer: "", button: "", choices: [{ title: "", description: "" }, { title: "", description: "" }],
};

export type FormProblem = "missing" | "too_long" | "repeated" | "too_many";

/** Problems by field: `body`, `button`, `choice:0`, `choice:0:description`, `choices`. */
export function formProblems(form: QuickReplyForm, rules: ChoiceRules): Record<string, FormProblem> {
  const limits = rules.choice_limits ?? NONE;
  const found: Record<string, FormProblem> = {};
  const check = (key: string, value: string, max: number, required: boolean) => {
    if (!value.trim()) {
      if (required) found[key] = "missing";
    } else if (lengthOf(value.trim()) > max) found[key] = "too_long";
  };
  check("header", form.header, limits.header, false);
  check("body", form.body, limits.body, true);
  check("footer", form.footer, limits.footer, false);
  if (form.type === "list") check("button", form.button, limits.list_label, true);
  const seen = new Set<string>();
  form.choices.forEach(({ title, description }, index) => {
    check(`choice:${index}`, title, form.type === "list" ? limits.row_title : limits.button_title, index === 0);
    if (form.type === "list") check(`choice:${index}:description`, description, limits.row_description, false);
    const key = title.trim().toLowerCase();
    if (key && seen.has(key)) found[`choice:${index}`] = "repeated";
    seen.add(key);
  });
  if (form.choices.length > maxChoices(form.type, rules)) found["choices"] = "too_many";
  return found;
}

export function maxChoices(type: QuickReplyForm["type"], rules: ChoiceRules): number {
  return type === "list" ? rules.list_rows : rules.buttons;
}

/** The message's content; choices without a title are left out. The form must have no problems. */
export function interactiveOf(form: QuickReplyForm): Interactive {
  const choices = form.choices
    .filter((choice) => choice.title.trim())
    .map((choice, index): InteractiveChoice => ({
      id: `${index + 1}`,
      title: choice.title.trim(),
      ...(form.type === "list" && choice.description.trim() ? { description: choice.description.trim() } : {}),
    }));
  const common = {
    body: form.body.trim(),
    ...(form.header.trim() ? { header: form.header.trim() } : {}),
    ...(form.footer.trim() ? { footer: form.footer.trim() } : {}),
  };
  const action: Interactive["action"] =
    form.type === "buttons"
      ? { type: "buttons", buttons: choices }
      : { type: "list", label: form.button.trim(), sections: [{ rows: choices }] };
  return { ...common, action };
}
