/** Asking who the visitor is: before the conversation, or for an address while nobody attends. */
import type { Contact, Model, Snapshot } from "../model";
import type { PrechatField } from "../protocol";
import type { Key, Words } from "../words";
import { h, say, set } from "./dom";

const KINDS = {
  name: { type: "text", autocomplete: "name", maxlength: 120 },
  email: { type: "email", autocomplete: "email", maxlength: 254 },
  phone: { type: "tel", autocomplete: "tel", maxlength: 32 },
} as const;

/** What is wrong with an answer, if anything. */
export function fault(field: PrechatField, value: string, required: boolean): Key | undefined {
  const text = value.trim();
  if (!text) return required ? "required" : undefined;
  if (field === "email" && !/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(text)) return "invalid_email";
  if (field === "phone" && (!/^\+?[\d\s().-]+$/.test(text) || !/^\d{7,15}$/.test(text.replace(/\D/g, "")))) return "invalid_phone";
  return undefined;
}

interface Row { name: PrechatField; required: boolean; input: HTMLInputElement; problem: HTMLElement }

/** Answers are looked at when they are sent: a line that appears on leaving a field would move the button from under the finger. */
export class Prechat {
  readonly element = h("form", { class: "form", novalidate: true, onsubmit: (event) => void this.submit(event) });
  private rows: Row[] = [];
  private words: Words | undefined;
  private built = "";
  private readonly problem = h("p", { class: "problem", role: "alert" });
  private readonly button = h("button", { class: "primary" });

  constructor(private readonly model: Model, private readonly done: () => void) {}

  update({ config }: Snapshot, words: Words): void {
    this.words = words;
    const mark = JSON.stringify([words.locale, config.welcome, config.prechat]);
    if (mark === this.built) return;
    this.built = mark;
    const { t } = words;
    const kept = new Map(this.rows.map((one) => [one.name, one.input.value]));
    this.rows = config.prechat.fields.map(({ name, required }) => {
      const problem = h("p", { class: "problem", id: `problem-${name}` });
      const input = h("input", { id: `field-${name}`, name, ...KINDS[name], "aria-required": String(required), "aria-describedby": problem.id, oninput: () => input.getAttribute("aria-invalid") && this.check(row) });
      const row: Row = { name, required, input, problem };
      input.value = kept.get(name) ?? "";
      return row;
    });
    say(this.button, t("prechat_submit"));
    this.element.replaceChildren(
      ...(config.welcome ? [h("p", { class: "hello" }, config.welcome)] : []),
      h("p", { class: "lead" }, t("prechat_lead")),
      ...this.rows.map(({ name, required, input, problem }) => h("div", { class: "field" },
        h("label", { for: input.id }, t(`prechat_${name}`), !required && h("span", {}, ` (${t("optional")})`)), input, problem)),
      this.problem, this.button,
    );
  }

  focus(): void {
    this.rows[0]?.input.focus({ preventScroll: true });
  }

  private check(row: Row): boolean {
    const found = fault(row.name, row.input.value, row.required);
    set(row.input, "aria-invalid", found ? "true" : undefined);
    say(row.problem, found && this.words ? this.words.t(found) : "");
    return !found;
  }

  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.button.getAttribute("aria-busy")) return;
    const wrong = this.rows.filter((row) => !this.check(row));
    if (wrong[0]) {
      wrong[0].input.focus();
      return;
    }
    set(this.button, "aria-busy", "true");
    say(this.problem, "");
    const contact: Contact = Object.fromEntries(this.rows.map(({ name, input }) => [name, input.value.trim()]).filter(([, value]) => value));
    const taken = await this.model.introduce(contact);
    set(this.button, "aria-busy", undefined);
    if (taken) this.done();
    else say(this.problem, this.words?.t("prechat_failed") ?? "");
  }
}

/** One line for an e-mail address, while nobody attends. */
export class AskEmail {
  readonly element: HTMLElement;
  private readonly label = h("label", { for: "ask-email" });
  private readonly input = h("input", { id: "ask-email", ...KINDS.email, "aria-describedby": "ask-problem" });
  private readonly button = h("button", { class: "plain" });
  private readonly problem = h("p", { class: "problem", id: "ask-problem", role: "alert" });
  private readonly form: HTMLElement;
  private readonly thanks = h("p", { role: "status" });
  private asked = false;

  constructor(private readonly model: Model) {
    this.form = h("form", { class: "ask", novalidate: true, onsubmit: (event) => void this.submit(event) }, this.label, this.input, this.button, this.problem);
    this.element = h("div", {}, this.form, this.thanks);
  }

  private words: Words | undefined;

  update(shot: Snapshot, words: Words): void {
    this.words = words;
    const { t } = words;
    say(this.label, t("leave_email"));
    say(this.button, t("leave_email_submit"));
    this.form.hidden = !shot.askEmail;
    if (shot.askEmail) this.asked = true;
    say(this.thanks, this.asked && shot.email && !shot.askEmail ? t("leave_email_done", { email: shot.email }) : "");
    set(this.thanks, "class", this.thanks.textContent ? "ask" : undefined);
  }

  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    const found = fault("email", this.input.value, true);
    set(this.input, "aria-invalid", found ? "true" : undefined);
    say(this.problem, found ? (this.words?.t(found) ?? "") : "");
    if (found) this.input.focus();
    else if (!(await this.model.introduce({ email: this.input.value.trim() }))) say(this.problem, this.words?.t("prechat_failed") ?? "");
  }
}
