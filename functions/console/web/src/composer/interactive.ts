/** The builder of quick replies: buttons or a list, checked against WhatsApp's limits. */
import type { Interactive, InteractiveChoice } from "../thread/model";
import { lengthOf } from "./split";

export const LIMITS = { body: 1024, header: 60, footer: 60, buttons: 3, buttonTitle: 20, rows: 10, rowTitle: 24, rowDescription: 72, listButton: 20 };

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
export function formProblems(form: QuickReplyForm): Record<string, FormProblem> {
  const found: Record<string, FormProblem> = {};
  const check = (key: string, value: string, max: number, required: boolean) => {
    if (!value.trim()) {
      if (required) found[key] = "missing";
    } else if (lengthOf(value.trim()) > max) found[key] = "too_long";
  };
  check("header", form.header, LIMITS.header, false);
  check("body", form.body, LIMITS.body, true);
  check("footer", form.footer, LIMITS.footer, false);
  if (form.type === "list") check("button", form.button, LIMITS.listButton, true);
  const seen = new Set<string>();
  form.choices.forEach(({ title, description }, index) => {
    check(`choice:${index}`, title, form.type === "list" ? LIMITS.rowTitle : LIMITS.buttonTitle, index === 0);
    if (form.type === "list") check(`choice:${index}:description`, description, LIMITS.rowDescription, false);
    const key = title.trim().toLowerCase();
    if (key && seen.has(key)) found[`choice:${index}`] = "repeated";
    seen.add(key);
  });
  if (form.choices.length > maxChoices(form.type)) found["choices"] = "too_many";
  return found;
}

export function maxChoices(type: QuickReplyForm["type"]): number {
  return type === "list" ? LIMITS.rows : LIMITS.buttons;
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
