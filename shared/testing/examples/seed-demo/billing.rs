//! What is sold on the demo installation, and the subscription of its organization: paid a month ago and debited since,
//! by the product's own rules.

use std::error::Error;
use std::sync::Arc;

use colibri_app::billing::payments::{Outcome, Payments as _};
use colibri_app::billing::tax_authority::PlayedAuthority;
use colibri_app::billing::{Billing, Decisions};
use colibri_app::ports::Clock as _;
use colibri_domain::Millis;
use colibri_domain::billing::{Input, Subscription};
use colibri_store::Store;
use colibri_testing::payments::FakePayments;
use colibri_testing::{FixedClock, RecordingInvoke, RecordingMail, TestBucket};
use serde_json::{Value, json};

use crate::workspace::{organization, user};

const DAY: i64 = 86_400_000;
/// Days since the first payment: one debit has followed.
const DAYS: i64 = 33;
/// The plan of the demo's organization: as many contacts as its quota.
const PLAN: &str = "crm-500";

/// Files and payments that belong to what was written.
pub struct Paid {
    /// Invoices.
    pub bucket: TestBucket,
    /// The provider's books, as the simulator takes them.
    pub books: Value,
}

fn catalogue() -> Value {
    let plan = |id: &str, table: &str, contacts: u64, bot: u64, minor: i64| {
        json!({ "id": id, "table": table, "contacts": contacts, "bot_messages": bot, "offered": true,
            "prices": [{ "noticed_on": "2026-01-01", "minor": minor }] })
    };
    json!({
        "version": 1, "currency": "USD", "setup_fee": 0, "support_hour": 7_000,
        "plans": [
            plan("crm-200", "crm", 200, 0, 1_900),
            plan(PLAN, "crm", 500, 0, 3_900),
            plan("crm-2000", "crm", 2_000, 0, 7_900),
            plan("crm-10000", "crm", 10_000, 0, 19_900),
            plan("chatbot-500", "chatbot", 500, 1_500, 6_900),
            plan("chatbot-2000", "chatbot", 2_000, 6_000, 12_900),
            plan("chatbot-10000", "chatbot", 10_000, 30_000, 29_900),
        ],
        "one_offs": [{ "id": "api", "name_es": "Desarrollo de API", "name_en": "API development", "minor": 25_000 }],
        "taxes": [
            { "country": "EC", "name": "IVA", "from": "2017-06-01", "basis_points": 1_200, "authority_code": "2" },
            { "country": "EC", "name": "IVA", "from": "2024-04-01", "basis_points": 1_500, "authority_code": "4" },
        ],
    })
}

fn issuer() -> Value {
    json!({ "country": "EC", "zone": "America/Guayaquil", "tax_number": "1790011674001",
        "legal_name": "Colibri Demo S.A.", "trade_name": "Colibri", "address": "Quito",
        "establishment_address": "Quito", "establishment": "001", "point": "001" })
}

fn buyer() -> Value {
    json!({ "kind": "ruc", "number": "0190003701001", "legal_name": "Ceibo Muebles Cía. Ltda. (demo)",
        "address": "Av. República E7-123, Quito", "email": "pagos@ceibo.example", "country": "EC" })
}

/// Sells a plan to the demo's organization, a month ago.
pub async fn fill(store: &Store, now: Millis) -> Result<Paid, Box<dyn Error>> {
    let all = store.installation();
    all.put_catalogue(&serde_json::from_value(catalogue())?).await?;
    all.put_issuer(&serde_json::from_value(issuer())?).await?;
    all.put_operator(&user("elena")).await?;
    let (bucket, payments) = (TestBucket::new(), FakePayments::stripe());
    let clock = FixedClock::at(now.plus(-DAYS * DAY));
    let billing = Billing {
        store: store.clone(),
        files: bucket.files(),
        payments: Arc::new(payments.clone()),
        authority: Arc::new(PlayedAuthority),
        mail: Arc::new(RecordingMail::default()),
        invoke: Arc::new(RecordingInvoke::default()),
        clock: Arc::new(clock.clone()),
        console_url: "http://127.0.0.1:4600".to_owned(),
    };
    let (id, owner) = (organization(), store.organization(&organization()));
    owner.put_billing_identity(&serde_json::from_value(buyer())?).await?;
    let sub = Subscription::signed_up(id.clone(), "America/Guayaquil", "EC");
    owner.save_subscription(&sub, 0, None).await?;
    let alba = user("alba");
    let sub = billing.apply(&id, &Input::Subscribe { plan: PLAN.to_owned() }, alba.as_str()).await?;
    for link in &sub.links {
        let payment = payments.pay_page(&id, &link.id, link.total, clock.now());
        if let Some(Outcome::Paid(received)) = payments.payment(&payment).await? {
            Decisions { store: store.clone(), clock: Arc::new(clock.clone()) }.receive(received).await?;
        }
    }
    for _ in 0..DAYS {
        billing.work(&id).await?;
        clock.pass(DAY);
    }
    billing.work(&id).await?;
    let books = payments.books().into_iter().map(|paid| {
        json!({ "id": paid.id, "amount": paid.total.minor, "currency": paid.total.currency.code().to_lowercase(),
            "metadata": { "organization": paid.organization, "charge": paid.charge } })
    });
    let books = json!({ "customer": "cus_1", "payments": books.collect::<Vec<_>>(),
        "card": { "id": "pm_1", "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030 } });
    Ok(Paid { bucket, books })
}
