//! Money from the first link to the end of a year, with everything that goes wrong on the way.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test ends where its ground is missing")]

mod deletions;
mod ending;
mod stripe;
mod warnings;
mod ways;
mod year;

use std::sync::Arc;

use colibri_app::billing::run::{BillingCharge, BillingRun};
use colibri_app::billing::tax_authority::PlayedAuthority;
use colibri_app::billing::webhook::PaymentWebhook;
use colibri_app::billing::{Billing, Decisions};
use colibri_app::http::{HttpHandler as _, JsonHandler as _, Request};
use colibri_app::ports::Clock as _;
use colibri_domain::billing::catalogue::{Catalogue, Plan, PlanTable, Price};
use colibri_domain::billing::invoice::Issuer;
use colibri_domain::billing::{BillingIdentity, IdentityKind, Input, Subscription};
use colibri_domain::{Millis, OrganizationId};
use colibri_testing::payments::{FakePayments, SIGNATURE};
use colibri_testing::{FixedClock, RecordingInvoke, RecordingMail, TestBucket, TestTable};
use jiff::civil::date;
use serde_json::json;

pub(crate) const HOUR: i64 = 3_600_000;

/// Billing of an installation in memory.
pub(crate) struct Bench {
    pub(crate) table: TestTable,
    pub(crate) bucket: TestBucket,
    pub(crate) payments: FakePayments,
    pub(crate) mail: RecordingMail,
    pub(crate) invoke: Arc<RecordingInvoke>,
    pub(crate) clock: FixedClock,
    pub(crate) billing: Billing,
}

pub(crate) fn catalogue() -> Catalogue {
    let plan = |id: &str, table, contacts, bot_messages, minor| Plan {
        id: id.to_owned(),
        table,
        contacts,
        bot_messages,
        prices: vec![Price { noticed_on: date(2020, 1, 1), minor }],
        offered: true,
    };
    Catalogue {
        version: 1,
        plans: vec![
            plan("crm-1000", PlanTable::Crm, 1_000, 0, 4_900),
            plan("crm-5000", PlanTable::Crm, 5_000, 0, 9_900),
            plan("bot-1000", PlanTable::Chatbot, 1_000, 3_000, 8_900),
        ],
        ..Catalogue::default()
    }
}

pub(crate) fn issuer() -> Issuer {
    serde_json::from_value(
        json!({ "country": "EC", "zone": "America/Guayaquil", "tax_number": "1790011674001",
        "legal_name": "Colibrí Software S.A.", "address": "Quito", "establishment_address": "Quito",
        "establishment": "001", "point": "001" }),
    )
    .unwrap()
}

impl Bench {
    /// With what is sold and who issues.
    pub(crate) async fn new() -> Self {
        let (table, bucket, mail) =
            (TestTable::without_stream(), TestBucket::new(), RecordingMail::default());
        let (payments, clock) = (FakePayments::default(), FixedClock::default());
        let invoke: Arc<RecordingInvoke> = Arc::default();
        let billing = Billing {
            store: table.store(),
            files: bucket.files(),
            payments: Arc::new(payments.clone()),
            authority: Arc::new(PlayedAuthority),
            mail: Arc::new(mail.clone()),
            invoke: invoke.clone(),
            clock: Arc::new(clock.clone()),
            console_url: "https://console.example".to_owned(),
        };
        let all = billing.store.installation();
        assert!(all.put_catalogue(&catalogue()).await.unwrap());
        all.put_issuer(&issuer()).await.unwrap();
        Self { table, bucket, payments, mail, invoke, clock, billing }
    }

    /// An organization that signed up and said who is billed.
    pub(crate) async fn organization(&self, name: &str, zone: &str) -> OrganizationId {
        let id = OrganizationId::from_unique(name);
        let organization = self.billing.store.organization(&id);
        let buyer = BillingIdentity {
            kind: IdentityKind::Cedula,
            number: "1710034065".to_owned(),
            legal_name: format!("Comercial {name}"),
            address: "Guayaquil".to_owned(),
            email: format!("{name}@ejemplo.example"),
            country: "EC".to_owned(),
            government: false,
        };
        organization.put_billing_identity(&buyer.checked().unwrap()).await.unwrap();
        let sub = Subscription::signed_up(id.clone(), zone, "EC");
        assert!(organization.save_subscription(&sub, 0, None).await.unwrap());
        id
    }

    /// One that has paid its first cycle.
    pub(crate) async fn paying(&self, name: &str, zone: &str, plan: &str) -> OrganizationId {
        let id = self.organization(name, zone).await;
        self.put(&id, &Input::Subscribe { plan: plan.to_owned() }).await;
        self.pay_links(&id).await;
        id
    }

    pub(crate) async fn sub(&self, id: &OrganizationId) -> Subscription {
        self.billing.store.organization(id).subscription().await.unwrap().unwrap().subscription
    }

    pub(crate) async fn put(&self, id: &OrganizationId, input: &Input) {
        self.billing.apply(id, input, "usr_1").await.unwrap();
        self.billing.work(id).await.unwrap();
    }

    /// Every link is paid on the provider's page, and its delivery arrives.
    pub(crate) async fn pay_links(&self, id: &OrganizationId) {
        for link in self.sub(id).await.links {
            let payment = self.payments.pay_page(id, &link.id, link.total, self.clock.now());
            assert_eq!(self.deliver(&payment, "right").await, 200);
            self.billing.work(id).await.unwrap();
        }
    }

    /// A delivery of the provider.
    pub(crate) async fn deliver(&self, payment: &str, signature: &'static str) -> u16 {
        let decisions = Decisions { store: self.billing.store.clone(), clock: Arc::new(self.clock.clone()) };
        let payments = Arc::new(self.payments.clone());
        let webhook = PaymentWebhook { decisions, payments, invoke: self.invoke.clone() };
        let mut headers = http::HeaderMap::new();
        headers.insert(SIGNATURE, http::HeaderValue::from_static(signature));
        let request = Request {
            method: http::Method::POST,
            path: "/payments/stripe".to_owned(),
            query: String::new(),
            headers,
            cookies: Vec::new(),
            body: payment.to_owned().into(),
            source_ip: "192.0.2.1".to_owned(),
            request_id: "r1".to_owned(),
        };
        webhook.handle(request).await.status.as_u16()
    }

    /// A run of the schedule, and the work that it starts; errors are left to the next run, as on AWS.
    pub(crate) async fn run(&self) -> usize {
        let run = BillingRun {
            store: self.billing.store.clone(),
            invoke: self.invoke.clone(),
            clock: Arc::new(self.clock.clone()),
        };
        if run.handle(json!({})).await.is_err() {
            return 1;
        }
        let charge = BillingCharge { billing: self.billing.clone() };
        let mut failed = 0;
        for (_, job) in self.invoke.take().into_iter().filter(|(function, _)| function == "billing-charge") {
            let detail: serde_json::Value = serde_json::from_str(&job).unwrap();
            failed += usize::from(charge.handle(json!({ "detail": detail })).await.is_err());
        }
        failed
    }

    /// Runs every six hours until then.
    pub(crate) async fn until(&self, end: Millis) {
        while self.clock.now() < end {
            self.clock.pass(6 * HOUR);
            self.run().await;
        }
    }

    /// What the organization owes by its ledger, after holding it against the provider's books.
    pub(crate) async fn balance(&self, id: &OrganizationId) -> i64 {
        use colibri_domain::billing::EntryKind::{Credited, GivenBack, Invoiced, Paid, PaidUnowed, Refunded};

        let organization = self.billing.store.organization(id);
        let ledger = organization.ledger().await.unwrap();
        let books = self.payments.books();
        let of = |sign: bool| {
            let mine = books.iter().filter(|payment| payment.organization == *id);
            mine.map(|payment| if sign { payment.total.minor } else { payment.refunded }).sum::<i64>()
        };
        let sum = |kinds: &[colibri_domain::billing::EntryKind]| {
            ledger
                .iter()
                .filter(|entry| kinds.contains(&entry.kind))
                .map(|entry| entry.amount.minor)
                .sum::<i64>()
        };
        assert_eq!(sum(&[Paid, PaidUnowed]), of(true), "{id}: what came in");
        assert_eq!(sum(&[Refunded, GivenBack]), of(false), "{id}: what went back");
        let documents = organization.invoices().await.unwrap();
        let total = |credit: bool| {
            let these = documents.iter().filter(|document| document.is_credit() == credit);
            these.map(|document| document.total.minor).sum::<i64>()
        };
        assert_eq!((total(false), total(true)), (sum(&[Invoiced]), sum(&[Credited])), "{id}: documents");
        ledger.iter().map(colibri_domain::billing::LedgerEntry::balance).sum()
    }
}
