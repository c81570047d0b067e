//! Invoices and credit notes: what stands in them, their numbers, and Ecuador's electronic form of them.
//!
//! A document is complete when it gets its number, and never changes afterwards but for what became of it at the tax
//! authority. Amounts are those of the charge: nothing is computed twice.

pub mod factura;
pub mod key;
mod words;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::charge::{Charge, ChargeKind, Payment};
use super::identity::BillingIdentity;
use super::money::Money;
use crate::ids::OrganizationId;
use crate::time::Millis;

pub use words::Language;

/// Who issues invoices: the operator of this installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// ISO 3166-1 alpha-2. `EC`: electronic invoices of Ecuador; elsewhere a numbered document.
    pub country: String,
    /// IANA name of the zone in which documents are dated.
    pub zone: String,
    /// Taxpayer number.
    pub tax_number: String,
    /// Legal name.
    pub legal_name: String,
    /// Name under which it trades.
    #[serde(default)]
    pub trade_name: String,
    /// Address of the head office.
    pub address: String,
    /// Address of the establishment.
    pub establishment_address: String,
    /// Three digits.
    pub establishment: String,
    /// Three digits.
    pub point: String,
    /// Whether it has to keep accounts.
    #[serde(default)]
    pub keeps_accounts: bool,
    /// Number of its resolution as a special taxpayer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub special_taxpayer: Option<String>,
    /// Whether documents count; else they go to the authority's test environment.
    #[serde(default)]
    pub production: bool,
}

impl Issuer {
    /// Everything that keeps it from issuing, with JSON pointers.
    pub fn faults(&self) -> Vec<(&'static str, &'static str)> {
        let mut faults = Vec::new();
        let three = |text: &str| text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit()) && text != "000";
        for (pointer, text) in [("/establishment", &self.establishment), ("/point", &self.point)] {
            if !three(text) {
                faults.push((pointer, "not_three_digits"));
            }
        }
        for (pointer, text) in [
            ("/legal_name", &self.legal_name),
            ("/address", &self.address),
            ("/establishment_address", &self.establishment_address),
        ] {
            if text.trim().is_empty() || text.chars().count() > super::identity::LONGEST_TEXT {
                faults.push((pointer, "required"));
            }
        }
        if self.country.len() != 2 || !self.country.bytes().all(|b| b.is_ascii_uppercase()) {
            faults.push(("/country", "invalid_country"));
        }
        if super::Zone::named(&self.zone).is_none() {
            faults.push(("/zone", "unknown_zone"));
        }
        let ruc = super::identity::check_number(super::IdentityKind::Ruc, &self.tax_number);
        if self.is_ecuador() && ruc.is_err() {
            faults.push(("/tax_number", "invalid_ruc"));
        } else if self.tax_number.trim().is_empty() {
            faults.push(("/tax_number", "required"));
        }
        faults
    }

    /// Whether its documents are Ecuador's electronic ones.
    pub fn is_ecuador(&self) -> bool {
        self.country == "EC"
    }

    /// What its numbers begin with.
    pub fn series(&self) -> String {
        format!("{}-{}", self.establishment, self.point)
    }

    /// The number of a document in its series: `001-001-000000001`.
    pub fn number(&self, sequence: u64) -> String {
        format!("{}-{sequence:09}", self.series())
    }
}

/// Kind of a document. Each counts its own numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "document", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum DocumentKind {
    Invoice,
    CreditNote {
        /// Number of the invoice whose money goes back.
        of: String,
        #[schema(value_type = String, format = Date)]
        of_day: Date,
        reason: String,
    },
}

impl DocumentKind {
    /// The tax authority's code, and the name of its sequence.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invoice => "01",
            Self::CreditNote { .. } => "04",
        }
    }
}

/// What became of a document at the tax authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Authorization {
    /// None is asked for in the issuer's country.
    NotNeeded,
    /// Not yet received there.
    Pending,
    /// Received and not yet decided.
    Received,
    Authorized {
        at: Millis,
        number: String,
    },
    /// Sent back with the authority's messages: a person has to look.
    Returned {
        messages: Vec<String>,
    },
}

/// A line of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Line {
    /// Ours: plan, item or kind.
    pub code: String,
    /// What it is.
    pub text: String,
    /// How many.
    pub quantity: u32,
    /// Of one, without tax.
    pub unit: Money,
    /// Of all, without tax.
    pub net: Money,
}

/// An invoice or credit note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct Invoice {
    /// With its series.
    pub number: String,
    /// Its place in the series.
    pub sequence: u64,
    #[serde(flatten)]
    pub kind: DocumentKind,
    pub organization: OrganizationId,
    /// The charge that it is for.
    pub charge: String,
    pub issuer: Issuer,
    pub buyer: BillingIdentity,
    pub language: Language,
    pub issued_at: Millis,
    /// The same in the issuer's zone: the date of the document.
    #[schema(value_type = String, format = Date)]
    pub issued_on: Date,
    pub lines: Vec<Line>,
    pub net: Money,
    pub tax: Money,
    /// `IVA`, …
    pub tax_name: String,
    pub tax_basis_points: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_code: Option<String>,
    pub total: Money,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
    /// Ecuador: 49 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key: Option<String>,
    pub authorization: Authorization,
    /// Whether it has been mailed.
    #[serde(default)]
    pub mailed: bool,
}

/// What a document is made from.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct Issue<'a> {
    pub kind: DocumentKind,
    pub organization: &'a OrganizationId,
    pub charge: &'a Charge,
    /// Of the total, in minor units: all of it for an invoice.
    pub amount: i64,
    pub issuer: &'a Issuer,
    pub buyer: &'a BillingIdentity,
    pub language: Language,
    pub now: Millis,
}

impl Invoice {
    /// The document with a place in its series.
    pub fn issue(from: &Issue<'_>, sequence: u64) -> Self {
        let Issue { kind, organization, charge, amount, issuer, buyer, language, now } = from;
        let issued_on = super::Zone::or_default(&issuer.zone).day(*now);
        // Part of a total holds its part of the tax; the rest is net, so that both add up to the cent.
        let (net, tax) = parts(charge, *amount);
        let (code, text, quantity) = words::line(charge, *language);
        let unit = if net == charge.net { net.share(1, quantity.max(1)) } else { net };
        let quantity = if unit.minor * i64::from(quantity) == net.minor { quantity.max(1) } else { 1 };
        let unit = if quantity == 1 { net } else { unit };
        let access_key = issuer.is_ecuador().then(|| {
            key::access_key(&key::KeyParts {
                issued_on,
                document: kind.code(),
                ruc: &issuer.tax_number,
                production: issuer.production,
                establishment: &issuer.establishment,
                point: &issuer.point,
                sequence,
                code: key::numeric_code(organization.as_str(), &charge.id),
            })
        });
        Self {
            number: issuer.number(sequence),
            sequence,
            kind: kind.clone(),
            organization: (*organization).clone(),
            charge: charge.id.clone(),
            issuer: (*issuer).clone(),
            buyer: (*buyer).clone(),
            language: *language,
            issued_at: *now,
            issued_on,
            lines: vec![Line { code, text, quantity, unit, net }],
            net,
            tax,
            tax_name: "IVA".to_owned(),
            tax_basis_points: charge.tax_basis_points,
            tax_code: charge.tax_code.clone(),
            total: Money::new(net.minor + tax.minor, charge.total.currency),
            payment: charge.payment.clone(),
            authorization: if access_key.is_some() {
                Authorization::Pending
            } else {
                Authorization::NotNeeded
            },
            access_key,
            mailed: false,
        }
    }

    /// Whether it is a credit note.
    pub const fn is_credit(&self) -> bool {
        matches!(self.kind, DocumentKind::CreditNote { .. })
    }

    /// Name of its files, without an ending.
    pub fn file_name(&self) -> String {
        let kind = if self.is_credit() { "credit-note" } else { "invoice" };
        format!("{kind}-{}", self.number)
    }
}

/// Net and tax of a part of a charge's total.
fn parts(charge: &Charge, amount: i64) -> (Money, Money) {
    if amount == charge.total.minor {
        return (charge.net, charge.tax);
    }
    let part = Money::new(amount, charge.total.currency);
    let net = part.share(10_000, 10_000 + charge.tax_basis_points);
    (net, Money::new(amount - net.minor, net.currency))
}

/// Whether a charge's kind is a subscription's own, for reports.
pub const fn is_recurring(what: &ChargeKind) -> bool {
    matches!(what, ChargeKind::Cycle { .. } | ChargeKind::Upgrade { .. })
}
