//! What who pays is told by mail, in Spanish and English.

use colibri_domain::billing::deletion::OrderFile;
use colibri_domain::billing::invoice::{Invoice, Language};
use colibri_domain::billing::machine::Notice;
use colibri_domain::billing::quota::QuotaLevel;
use colibri_domain::billing::{BillingIdentity, Zone};

use crate::ports::MailMessage;

/// A mail without its receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Text {
    pub subject: String,
    /// Paragraphs.
    pub body: Vec<String>,
    /// What it leads to, and the words of the link.
    pub link: (String, &'static str),
}

/// Spanish where people speak it, else English.
pub fn language(buyer: &BillingIdentity) -> Language {
    const SPANISH: [&str; 20] = [
        "EC", "AR", "BO", "CL", "CO", "CR", "CU", "DO", "ES", "GQ", "GT", "HN", "MX", "NI", "PA", "PE", "PR",
        "PY", "SV", "UY",
    ];
    let spanish = SPANISH.contains(&buyer.country.as_str()) || buyer.country == "VE";
    if spanish { Language::Es } else { Language::En }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl Text {
    /// The mail to somebody.
    pub fn to(self, to: &str) -> MailMessage {
        let (url, words) = &self.link;
        let text = format!("{}\n\n{words}: {url}\n", self.body.join("\n\n"));
        let paragraphs: Vec<String> = self.body.iter().map(|p| format!("<p>{}</p>", escaped(p))).collect();
        let html = format!(
            "<!doctype html><html><body>{}<p><a href=\"{}\">{}</a></p></body></html>",
            paragraphs.join(""),
            escaped(url),
            escaped(words)
        );
        MailMessage { to: to.to_owned(), subject: self.subject, text, html }
    }
}

fn day(date: jiff::civil::Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

/// The mail of a notice.
#[allow(clippy::too_many_lines, reason = "a table of texts in two languages")]
pub fn notice(notice: &Notice, language: Language, console_url: &str) -> Text {
    let es = language == Language::Es;
    let pick = |spanish: String, english: String| if es { spanish } else { english };
    let see = if es { "Ver la suscripción" } else { "See the subscription" };
    let pay = if es { "Pagar ahora" } else { "Pay now" };
    let link = |words| (format!("{console_url}/settings/billing"), words);
    let text = |subject: String, body: Vec<String>, words| Text { subject, body, link: link(words) };
    match notice {
        Notice::Welcome => text(
            pick("Su suscripción está activa".into(), "Your subscription is active".into()),
            vec![
                pick("Recibimos su pago y Colibri está activo.".into(), "We received your payment and Colibri is active.".into()),
                pick(
                    "Conecte primero un canal que funciona hoy: el chat de su sitio web, Telegram o correo. WhatsApp viene después, porque Meta tarda unos días en verificar su empresa.".into(),
                    "First connect a channel that works today: web chat, Telegram or e-mail. WhatsApp comes next, because Meta takes some days to verify your business.".into(),
                ),
            ],
            see,
        ),
        Notice::PaymentFailed { next_try, freezes_on, .. } => {
            let freeze = day(*freezes_on);
            let next = next_try.map(day);
            let again = match next {
                Some(next) => pick(
                    format!("Volveremos a intentarlo el {next}. Si no se paga, el servicio se suspende el {freeze}."),
                    format!("We will try again on {next}. If it stays unpaid, the service stops on {freeze}."),
                ),
                None => pick(
                    format!("Si no se paga, el servicio se suspende el {freeze}."),
                    format!("If it stays unpaid, the service stops on {freeze}."),
                ),
            };
            text(
                pick("No se pudo debitar su tarjeta".into(), "Your card could not be debited".into()),
                vec![
                    pick(
                        "El débito de su suscripción fue rechazado. Puede pagar ahora con cualquier tarjeta.".into(),
                        "The debit of your subscription was declined. You can pay now with any card.".into(),
                    ),
                    again,
                ],
                pay,
            )
        }
        Notice::Frozen { .. } => text(
            pick("Su servicio está suspendido por falta de pago".into(), "Your service is stopped because of an unpaid debit".into()),
            vec![pick(
                "Sus mensajes entrantes se siguen guardando; no se envía nada hasta que se pague. Al pagar, todo vuelve a funcionar de inmediato.".into(),
                "Incoming messages are still kept; nothing is sent until it is paid. Once paid, everything works again at once.".into(),
            )],
            pay,
        ),
        Notice::Restored => text(
            pick("Su servicio está activo de nuevo".into(), "Your service is active again".into()),
            vec![pick("Recibimos su pago. Gracias.".into(), "We received your payment. Thank you.".into())],
            see,
        ),
        Notice::Upgraded { plan } | Notice::Downgraded { plan } => text(
            pick("Su plan cambió".into(), "Your plan has changed".into()),
            vec![pick(format!("Su plan es ahora {plan}."), format!("Your plan is now {plan}."))],
            see,
        ),
        Notice::DowngradeTooSmall { plan, contacts, on } => {
            let on = day(*on);
            text(
                pick("El cambio de plan aún no es posible".into(), "The change of plan is not possible yet".into()),
                vec![pick(
                    format!("Tiene {contacts} contactos, más que el cupo del plan {plan}. Si el {on} siguen siendo más, conserva su plan actual."),
                    format!("You have {contacts} contacts, more than the quota of plan {plan}. If there still are more on {on}, you keep your present plan."),
                )],
                see,
            )
        }
        Notice::DowngradeDropped { plan, contacts } => text(
            pick("Conserva su plan actual".into(), "You keep your present plan".into()),
            vec![pick(
                format!("Tiene {contacts} contactos, más que el cupo del plan {plan}; por eso el cambio no se hizo."),
                format!("You have {contacts} contacts, more than the quota of plan {plan}; therefore the change was not made."),
            )],
            see,
        ),
        Notice::Canceled { ends_on, one_more_debit } => {
            let ends = day(*ends_on);
            let debit = if *one_more_debit {
                pick("Habrá un último débito, porque el aviso llegó tarde para el próximo ciclo.".into(), "There will be one last debit, because the notice came too late for the next cycle.".into())
            } else {
                pick("No habrá más débitos.".into(), "There will be no further debit.".into())
            };
            text(
                pick("Recibimos su baja".into(), "We received your cancellation".into()),
                vec![
                    pick(format!("El servicio termina el {ends}."), format!("The service ends on {ends}.")),
                    debit,
                ],
                see,
            )
        }
        Notice::PriceChanged { plan, on, net } => {
            let on = day(*on);
            text(
                pick("El precio de su plan cambia".into(), "The price of your plan changes".into()),
                vec![
                    pick(
                        format!("Desde el ciclo que empieza el {on}, el plan {plan} cuesta {net} sin impuestos. Los ciclos anteriores conservan su precio."),
                        format!("From the cycle that starts on {on}, plan {plan} costs {net} without tax. Cycles before keep their price."),
                    ),
                    pick(
                        "Puede cambiar de plan o dar de baja la suscripción antes de ese día.".into(),
                        "You can change the plan or cancel the subscription before that day.".into(),
                    ),
                ],
                see,
            )
        }
        Notice::Deactivated { data_until } => {
            let until = day(*data_until);
            text(
                pick("Su suscripción terminó".into(), "Your subscription has ended".into()),
                vec![pick(
                    format!("Puede exportar sus datos o volver hasta el {until}. Después se eliminan."),
                    format!("You can export your data or come back until {until}. After that they are deleted."),
                )],
                see,
            )
        }
    }
}

/// The mail that says how full the quota is.
pub fn quota(level: QuotaLevel, used: u64, limit: u64, language: Language, console_url: &str) -> Text {
    let es = language == Language::Es;
    let pick = |spanish: String, english: String| if es { spanish } else { english };
    let percent = level.percent();
    let meaning = if level == QuotaLevel::Full {
        pick(
            "Las personas nuevas que le escriban esperan hasta que haya lugar; a sus contactos los atiende como siempre.".into(),
            "New people who write to you wait until there is room; your contacts are served as always.".into(),
        )
    } else {
        pick(
            "Con el cupo lleno no entran contactos nuevos; a los que ya tiene los atiende como siempre."
                .into(),
            "Once the quota is reached no new contacts come in; those that you have are served as always."
                .into(),
        )
    };
    let subject = if level == QuotaLevel::Full {
        pick("Su cupo de contactos está lleno".into(), "Your contact quota is reached".into())
    } else {
        pick(
            format!("Ya usa el {percent} % de su cupo de contactos"),
            format!("You use {percent}% of your contact quota"),
        )
    };
    let count = pick(
        format!("Tiene {used} contactos en un plan de {limit}."),
        format!("You have {used} contacts in a plan of {limit}."),
    );
    let way = pick(
        "Puede subir de plan en cualquier momento o pedir que se eliminen contactos a fin de mes.".into(),
        "You can upgrade at any time, or order contacts to be deleted at the month's end.".into(),
    );
    Text {
        subject,
        body: vec![count, meaning, way],
        link: (
            format!("{console_url}/settings/billing"),
            if es { "Ver la suscripción" } else { "See the subscription" },
        ),
    }
}

/// The mail that brings an order to mind before it is carried out.
pub fn deletion_reminder(file: &OrderFile, language: Language, console_url: &str) -> Text {
    let es = language == Language::Es;
    let zone = Zone::or_default(&file.zone);
    let on = day(zone.day(file.order.runs_at.unwrap_or_default()));
    let count = file.order.contacts;
    let body = if es {
        format!(
            "El {on} a las 22:00 se eliminan {count} contactos, con sus mensajes y archivos, como lo pidió su organización. Hasta ese momento puede anular la orden."
        )
    } else {
        format!(
            "On {on} at 22:00 {count} contacts are deleted, with their messages and files, as your organization has ordered. Until then the order can be canceled."
        )
    };
    let subject = if es { "Orden de eliminación en dos días" } else { "Deletion order in two days" };
    Text {
        subject: subject.to_owned(),
        body: vec![body],
        link: (
            format!("{console_url}/settings/billing"),
            if es { "Ver la suscripción" } else { "See the subscription" },
        ),
    }
}

/// The mail that brings a document.
pub fn document(invoice: &Invoice, console_url: &str) -> Text {
    let es = invoice.language == Language::Es;
    let kind = match (invoice.is_credit(), es) {
        (false, true) => "Factura",
        (false, false) => "Invoice",
        (true, true) => "Nota de crédito",
        (true, false) => "Credit note",
    };
    let (number, total) = (&invoice.number, invoice.total);
    let body = if es {
        format!("{kind} {number} por {total}. Puede descargarla en la consola.")
    } else {
        format!("{kind} {number} for {total}. You can download it in the console.")
    };
    Text {
        subject: format!("{kind} {number}"),
        body: vec![body],
        link: (
            format!("{console_url}/settings/billing"),
            if es { "Ver la suscripción" } else { "See the subscription" },
        ),
    }
}
