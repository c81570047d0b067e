import { CircleHelp, ClipboardList, ExternalLink, LayoutList, MapPin, Reply, Share2, ShoppingBag, UserRound } from "lucide-react";
import type { Track } from "../media/player";
import { useHost } from "./host";
import { MediaContent } from "./MediaContent";
import type { Content, Message } from "./model";
import { RichText } from "./RichText";
import { safeHref } from "./markup";

type Of<K extends Content["kind"]> = Extract<Content, { kind: K }>;

const ICON = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

function Place({ content }: { content: Of<"location"> }) {
  const { t } = useHost();
  const { latitude, longitude } = content;
  const point = `${latitude.toFixed(6)},${longitude.toFixed(6)}`;
  const open = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  const google = `https://www.google.com/maps/search/?api=1&query=${encodeURIComponent(point)}`;
  return (
    <div className="cv-card">
      <div className="cv-card-head"><MapPin {...ICON} /><strong>{content.name ?? t("message.place")}</strong></div>
      {content.address ? <p className="cv-card-line">{content.address}</p> : null}
      <p className="cv-card-meta">{point.replace(",", ", ")}</p>
      <div className="cv-card-links">
        <a href={open} target="_blank" rel="noopener noreferrer" title={t("message.new_tab")}>{t("message.open_map")}</a>
        <a href={google} target="_blank" rel="noopener noreferrer" title={t("message.new_tab")}>{t("message.open_google")}</a>
      </div>
    </div>
  );
}

function Cards({ content }: { content: Of<"contacts"> }) {
  return (
    <div className="cv-cards">
      {content.contacts.map((card, index) => (
        <div className="cv-card" key={index}>
          <div className="cv-card-head"><UserRound {...ICON} /><strong>{card.name}</strong></div>
          {card.organization ? <p className="cv-card-line">{card.organization}</p> : null}
          {(card.phones ?? []).map((phone) => <a key={phone} className="cv-card-link" href={`tel:${phone.replace(/[^\d+]/g, "")}`}>{phone}</a>)}
          {(card.emails ?? []).map((mail) => <a key={mail} className="cv-card-link" href={safeHref(`mailto:${mail}`)}>{mail}</a>)}
        </div>
      ))}
    </div>
  );
}

function Answer({ content }: { content: Of<"quick_reply"> }) {
  const { t } = useHost();
  return (
    <div className="cv-answer">
      <span className="cv-kicker"><Reply {...ICON} size={14} />{t("message.answer")}</span>
      <RichText text={content.title} />
      {content.body ? <p className="cv-card-line">{content.body}</p> : null}
    </div>
  );
}

function fieldText(value: unknown): string {
  if (Array.isArray(value)) return value.map(fieldText).join(", ");
  if (typeof value === "boolean") return value ? "✓" : "✗";
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");
}

function FormAnswer({ content }: { content: Of<"form_reply"> }) {
  const { t } = useHost();
  const fields = Object.entries(content.fields).filter(([name]) => name !== "flow_token");
  return (
    <div className="cv-card">
      <div className="cv-card-head"><ClipboardList {...ICON} /><strong>{content.name && content.name !== "flow" ? content.name : t("message.form")}</strong></div>
      {content.body ? <p className="cv-card-line">{content.body}</p> : null}
      <dl className="cv-fields">
        {fields.map(([name, value]) => (<div key={name}><dt>{name.replaceAll("_", " ")}</dt><dd>{fieldText(value)}</dd></div>))}
      </dl>
    </div>
  );
}

function money(micros: number, currency: string, locale: string): string {
  try {
    return new Intl.NumberFormat(locale, { style: "currency", currency }).format(micros / 1_000_000);
  } catch {
    return `${(micros / 1_000_000).toFixed(2)} ${currency}`;
  }
}

function Order({ content }: { content: Of<"order"> }) {
  const { t, locale } = useHost();
  const currency = content.items[0]?.currency ?? "USD";
  const total = content.items.reduce((sum, line) => sum + line.quantity * line.price_micros, 0);
  return (
    <div className="cv-card cv-order">
      <div className="cv-card-head"><ShoppingBag {...ICON} /><strong>{t("message.order")}</strong></div>
      <ul>
        {content.items.map((line, index) => (
          <li key={index}>
            <span>{t("message.order_quantity", { count: line.quantity })} {line.sku}</span>
            <span>{money(line.quantity * line.price_micros, line.currency, locale)}</span>
          </li>
        ))}
      </ul>
      <p className="cv-order-total"><span>{t("message.order_total")}</span><strong>{money(total, currency, locale)}</strong></p>
      {content.text ? <RichText text={content.text} /> : null}
    </div>
  );
}

/** What the customer sees under a message to tap; here it only shows. */
function Choices({ labels, icon }: { labels: string[]; icon?: "link" | "list" | "place" }) {
  return (
    <ul className="cv-choices">
      {labels.map((label, index) => (
        <li key={index}>
          {icon === "link" ? <ExternalLink {...ICON} size={14} /> : icon === "list" ? <LayoutList {...ICON} size={14} /> : icon === "place" ? <MapPin {...ICON} size={14} /> : null}
          {label}
        </li>
      ))}
    </ul>
  );
}

function Tappable({ content }: { content: Of<"interactive"> }) {
  const { t } = useHost();
  const { action } = content;
  return (
    <div className="cv-interactive">
      {content.header ? <strong className="cv-part-head">{content.header}</strong> : null}
      <RichText text={content.body} />
      {content.footer ? <p className="cv-card-meta">{content.footer}</p> : null}
      {action.type === "buttons" ? <Choices labels={action.buttons.map((button) => button.title)} /> : null}
      {action.type === "list" ? (
        <details className="cv-list">
          <summary><LayoutList {...ICON} size={14} />{action.label}</summary>
          {action.sections.map((section, index) => (
            <div key={index}>
              {section.title ? <p className="cv-card-meta">{section.title}</p> : null}
              <ul>{section.rows.map((row) => (<li key={row.id}>{row.title}{row.description ? <small>{row.description}</small> : null}</li>))}</ul>
            </div>
          ))}
        </details>
      ) : null}
      {action.type === "cta_url" ? <Choices labels={[action.label]} icon="link" /> : null}
      {action.type === "location_request" ? <Choices labels={[t("message.send_location")]} icon="place" /> : null}
      {action.type === "flow" ? <Choices labels={[action.label]} icon="list" /> : null}
    </div>
  );
}

function TemplateBody({ content }: { content: Of<"template"> }) {
  const { t } = useHost();
  return (
    <div className="cv-interactive">
      <span className="cv-kicker">{t("message.template", { name: content.name })}</span>
      {content.header ? <strong className="cv-part-head">{content.header}</strong> : null}
      {content.text ? <RichText text={content.text} /> : null}
      {content.footer ? <p className="cv-card-meta">{content.footer}</p> : null}
      {content.buttons?.length ? <Choices labels={content.buttons} /> : null}
    </div>
  );
}

/** A story, post or link: its author may take it away, so it is opened where it is. */
function SharedThing({ content }: { content: Of<"shared"> }) {
  const { t } = useHost();
  const href = content.url ? safeHref(content.url) : undefined;
  return (
    <div className="cv-card">
      <div className="cv-card-head"><Share2 {...ICON} /><strong>{t(`shared.${content.what}`)}</strong></div>
      {content.title ? <p className="cv-card-line">{content.title}</p> : null}
      {content.text ? <RichText text={content.text} /> : null}
      {href ? <div className="cv-card-links"><a href={href} target="_blank" rel="noopener noreferrer" title={t("message.new_tab")}>{t("shared.open")}</a></div> : <p className="cv-card-meta">{t("shared.gone")}</p>}
    </div>
  );
}

function Unsupported({ type }: { type: string | undefined }) {
  const { t } = useHost();
  return (
    <div className="cv-unsupported">
      <CircleHelp {...ICON} />
      <span>{t("message.unsupported")}{type ? <small>{t("message.unsupported_type", { type })}</small> : null}</span>
    </div>
  );
}

export interface BodyProps {
  message: Message;
  nextVoice: (() => Track | undefined) | undefined;
}

/** What a message says, whatever its kind; a kind unknown to this page is a placeholder. */
export function MessageBody({ message, nextVoice }: BodyProps) {
  const content = message.content;
  switch (content.kind) {
    case "text":
      return <RichText text={content.text} />;
    case "attachment":
      return <MediaContent message={message} content={content} nextVoice={nextVoice} />;
    case "location":
      return <Place content={content} />;
    case "contacts":
      return <Cards content={content} />;
    case "quick_reply":
      return <Answer content={content} />;
    case "form_reply":
      return <FormAnswer content={content} />;
    case "order":
      return <Order content={content} />;
    case "interactive":
      return <Tappable content={content} />;
    case "template":
      return <TemplateBody content={content} />;
    case "shared":
      return <SharedThing content={content} />;
    case "system":
      return <Unsupported type={content.text ?? content.type} />;
    default:
      return <Unsupported type={(content as { type?: string }).type} />;
  }
}
