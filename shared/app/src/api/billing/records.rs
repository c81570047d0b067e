//! Documents, charges and what was done, and the way to a document's files.

use std::collections::BTreeMap;

use colibri_domain::billing::charge::{ChargeKind, ChargeStatus};
use colibri_domain::billing::invoice::{Authorization, DocumentKind, Invoice};
use colibri_domain::billing::ledger::HistoryEntry;
use colibri_domain::billing::subscription::CancelVia;
use colibri_domain::billing::{Charge, Input, Money};
use colibri_domain::{Millis, UserId};
use colibri_store::OrganizationStore;
use http::{HeaderValue, StatusCode};
use jiff::civil::Date;
use serde::Serialize;

use super::BillingResource;
use crate::api::gate::OrganizationCaller;
use crate::api::route::Call;
use crate::http::Response;
use crate::problem::Problem;

/// Entries of the history that are shown.
const HISTORY: u32 = 100;

/// Everything that was written down about a subscription, the newest first.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct BillingRecords {
    pub documents: Vec<DocumentView>,
    pub charges: Vec<ChargeView>,
    pub history: Vec<HistoryView>,
}

/// An invoice or credit note.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct DocumentView {
    /// For its files.
    pub id: String,
    pub number: String,
    /// Number of the invoice whose money went back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit_of: Option<String>,
    #[schema(value_type = String, format = Date)]
    pub issued_on: Date,
    pub issued_at: Millis,
    /// What for, in the document's own language.
    pub text: String,
    pub net: Money,
    pub tax: Money,
    pub total: Money,
    pub charge: String,
    pub authorization: Authorization,
    /// Whether its files are there.
    pub ready: bool,
    /// Whether there is an electronic document besides the page.
    pub xml: bool,
}

impl From<Invoice> for DocumentView {
    fn from(invoice: Invoice) -> Self {
        let credit_of = match &invoice.kind {
            DocumentKind::Invoice => None,
            DocumentKind::CreditNote { of, .. } => Some(of.clone()),
        };
        Self {
            id: invoice.file_name(),
            credit_of,
            issued_on: invoice.issued_on,
            issued_at: invoice.issued_at,
            text: invoice.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(", "),
            net: invoice.net,
            tax: invoice.tax,
            total: invoice.total,
            charge: invoice.charge,
            authorization: invoice.authorization,
            ready: invoice.mailed,
            xml: invoice.access_key.is_some(),
            number: invoice.number,
        }
    }
}

/// A charge.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct ChargeView {
    pub id: String,
    #[serde(flatten)]
    pub what: ChargeKind,
    pub total: Money,
    pub created_at: Millis,
    pub status: ChargeStatus,
    /// `stripe`, `transfer`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last4: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice: Option<String>,
    pub refunded: i64,
}

impl From<Charge> for ChargeView {
    fn from(charge: Charge) -> Self {
        Self {
            paid_by: charge.payment.as_ref().map(|payment| payment.provider.clone()),
            last4: charge.payment.and_then(|payment| payment.last4),
            id: charge.id,
            what: charge.what,
            total: charge.total,
            created_at: charge.created_at,
            status: charge.status,
            invoice: charge.invoice,
            refunded: charge.refunded,
        }
    }
}

/// What was done, by whom.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HistoryView {
    /// When.
    pub at: Millis,
    /// The person; nobody where the provider told or time decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What.
    #[serde(flatten)]
    pub event: HistoryEvent,
}

/// What was done.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum HistoryEvent {
    PlanChosen {
        plan: String,
    },
    PlanChanged {
        plan: String,
    },
    PlanKept,
    Paid {
        charge: String,
        provider: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        last4: Option<String>,
    },
    PaymentFailed {
        charge: String,
        reason: String,
        tried: usize,
    },
    CardKept {
        last4: String,
    },
    Canceled {
        via: CancelVia,
        waived: bool,
    },
    Stayed,
    Ended,
    Asked {
        net: Money,
    },
    Withdrawn {
        charge: String,
    },
    PaidBack {
        charge: String,
        minor: i64,
    },
    Moved {
        country: String,
    },
}

fn event(entry: &HistoryEntry) -> Option<HistoryEvent> {
    use HistoryEvent as Event;
    let input: Input = serde_json::from_value(entry.what.get("input")?.clone()).ok()?;
    Some(match input {
        Input::Tick => return None,
        Input::Subscribe { plan } => Event::PlanChosen { plan },
        Input::ChangePlan { plan } => Event::PlanChanged { plan },
        Input::KeepPlan => Event::PlanKept,
        Input::Paid { charge, payment, .. } => {
            Event::Paid { charge, provider: payment.provider, last4: payment.last4 }
        }
        Input::Failed { charge, tried, reason } => Event::PaymentFailed { charge, reason, tried },
        Input::CardKept { card } => Event::CardKept { last4: card.last4 },
        Input::Cancel { via, waived, .. } => Event::Canceled { via, waived },
        Input::Stay => Event::Stayed,
        Input::Deactivate => Event::Ended,
        Input::Ask { net, .. } => Event::Asked { net },
        Input::Withdraw { charge } => Event::Withdrawn { charge },
        Input::PayBack { charge, minor, .. } => Event::PaidBack { charge, minor },
        Input::Moved { country, .. } => Event::Moved { country },
    })
}

/// A signed address for five minutes.
#[derive(Serialize, utoipa::ToSchema)]
#[allow(missing_docs)]
pub struct DocumentLink {
    pub url: String,
}

impl BillingRecords {
    /// Everything that was written down about an organization.
    pub async fn of(store: &OrganizationStore) -> Result<Self, Problem> {
        let names: BTreeMap<UserId, String> =
            store.people().await?.into_iter().map(|person| (person.user_id, person.name)).collect();
        let who = |by: &str| by.parse::<UserId>().ok().and_then(|id| names.get(&id).cloned());
        let mut documents: Vec<DocumentView> =
            store.invoices().await?.into_iter().map(DocumentView::from).collect();
        documents.sort_by(|a, b| (b.issued_at, &b.number).cmp(&(a.issued_at, &a.number)));
        let mut charges: Vec<ChargeView> = store.charges().await?.into_iter().map(ChargeView::from).collect();
        charges.sort_by_key(|charge| std::cmp::Reverse(charge.created_at));
        let history = store.billing_history(HISTORY).await?;
        let history = history
            .iter()
            .filter_map(|entry| Some(HistoryView { at: entry.at, by: who(&entry.by), event: event(entry)? }));
        Ok(Self { documents, charges, history: history.collect() })
    }
}

impl BillingResource {
    pub(super) async fn records(&self, caller: &OrganizationCaller) -> Result<Response, Problem> {
        Ok(Response::json(StatusCode::OK, &BillingRecords::of(&caller.store).await?))
    }

    pub(super) async fn document(
        &self,
        call: &Call,
        caller: &OrganizationCaller,
    ) -> Result<Response, Problem> {
        let id: String = call.id("document")?;
        let (code, number) = parts(&id).ok_or_else(Problem::not_found)?;
        let invoice = caller.store.invoice(code, number).await?.ok_or_else(Problem::not_found)?;
        if !invoice.mailed {
            return Err(Problem::conflict("not_ready", "The document is still being made. Ask again."));
        }
        let (ending, mime) = match call.query("form").as_deref() {
            None | Some("pdf") => ("pdf", "application/pdf"),
            Some("xml") if invoice.access_key.is_some() => ("xml", "application/xml"),
            Some("xml") => return Err(Problem::not_found()),
            Some(_) => return Err(Problem::invalid("query:form", "invalid_value", "pdf or xml")),
        };
        let name = format!("{}.{ending}", invoice.file_name());
        let url = self.files.sign_document(&caller.organization.id, &name, mime).await?;
        if call.flag("json") {
            return Ok(Response::json(StatusCode::OK, &DocumentLink { url }));
        }
        let mut response = Response::empty(StatusCode::FOUND);
        let location = HeaderValue::from_str(&url).map_err(|_| Problem::unavailable(1))?;
        response.headers.insert(http::header::LOCATION, location);
        response.headers.insert(http::header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        Ok(response)
    }
}

/// The kind's code and the number of a document's name.
fn parts(id: &str) -> Option<(&'static str, &str)> {
    let (code, number) = match id.strip_prefix("invoice-") {
        Some(number) => ("01", number),
        None => ("04", id.strip_prefix("credit-note-")?),
    };
    let legal = number.len() <= 40 && number.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    legal.then_some((code, number))
}
