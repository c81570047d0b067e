//! What stands in the lines of a document, in the language of who reads it.

use serde::{Deserialize, Serialize};

use crate::billing::calendar::plus_days;
use crate::billing::charge::{Charge, ChargeKind};

/// Language of documents and mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Language {
    #[default]
    Es,
    En,
}

impl Language {
    /// The language of a locale.
    pub fn of(locale: &str) -> Self {
        if locale.starts_with("en") { Self::En } else { Self::Es }
    }
}

fn day(date: jiff::civil::Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

/// Code, text and quantity of a charge's line.
pub(super) fn line(charge: &Charge, language: Language) -> (String, String, u32) {
    let es = language == Language::Es;
    match &charge.what {
        ChargeKind::Setup => {
            ("setup".to_owned(), if es { "Configuración inicial" } else { "Setup fee" }.to_owned(), 1)
        }
        ChargeKind::Cycle { plan, from, until, .. } => {
            let (from, last) = (day(*from), day(plus_days(*until, -1)));
            let text = if es {
                format!("Suscripción, plan {plan}, del {from} al {last}")
            } else {
                format!("Subscription, plan {plan}, {from} to {last}")
            };
            (plan.clone(), text, 1)
        }
        ChargeKind::Upgrade { from_plan, plan, days, of_days, .. } => {
            let text = if es {
                format!("Cambio del plan {from_plan} al plan {plan}, {days} de {of_days} días")
            } else {
                format!("Change from plan {from_plan} to plan {plan}, {days} of {of_days} days")
            };
            (plan.clone(), text, 1)
        }
        ChargeKind::OneOff { item } => (item.clone(), item.clone(), 1),
        ChargeKind::Support { entry, hours } => {
            let text = if es {
                format!("Horas de servicio técnico, trabajo {entry}")
            } else {
                format!("Support hours, job {entry}")
            };
            ("support".to_owned(), text, *hours)
        }
    }
}
