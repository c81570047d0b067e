//! What golden cases of billing begin with, and the functions that they call.

use std::sync::Arc;

use colibri_app::api::billing::BillingResource;
use colibri_app::api::operator_billing::OperatorBillingResource;
use colibri_app::billing::deletions::DeletionRun;
use colibri_app::billing::run::{BillingCharge, BillingRun};
use colibri_app::billing::tax_authority::PlayedAuthority;
use colibri_app::billing::webhook::PaymentWebhook;
use colibri_app::billing::{Billing, Decisions};
use colibri_app::http::{HttpHandler, JsonHandler};
use colibri_app::ports::Clock as _;
use colibri_domain::billing::{Input, Subscription};
use colibri_testing::payments::{Bank, FakePayments};
use colibri_testing::{Demo, FixedClock, RecordingInvoke, RecordingMail, SeqIds, TestBucket};
use serde_json::{Value, json};

const HOUR: i64 = 3_600_000;

/// The payment provider and what billing stands on.
#[derive(Clone)]
pub(crate) struct Till {
    demo: Demo,
    bucket: TestBucket,
    clock: Arc<FixedClock>,
    invoke: Arc<RecordingInvoke>,
    ids: Arc<SeqIds>,
    payments: FakePayments,
    mail: RecordingMail,
}

/// Two CRM plans and a Chatbot plan.
pub(crate) fn catalogue() -> Value {
    let plan = |id: &str, table: &str, contacts: u64, bot: u64, minor: i64| {
        json!({ "id": id, "table": table, "contacts": contacts, "bot_messages": bot,
            "prices": [{ "noticed_on": "2020-01-01", "minor": minor }], "offered": true })
    };
    let plans = [
        plan("crm-1000", "crm", 1_000, 0, 4_900),
        plan("crm-5000", "crm", 5_000, 0, 9_900),
        plan("bot-1000", "chatbot", 1_000, 3_000, 8_900),
    ];
    let taxes = [json!({ "country": "EC", "name": "IVA", "from": "2024-04-01", "basis_points": 1_500,
        "authority_code": "4" })];
    json!({ "version": 1, "currency": "USD", "plans": plans, "setup_fee": 0, "support_hour": 7_000, "taxes": taxes })
}

impl Till {
    pub(crate) fn new(
        demo: &Demo,
        bucket: &TestBucket,
        clock: &Arc<FixedClock>,
        invoke: &Arc<RecordingInvoke>,
        ids: &Arc<SeqIds>,
    ) -> Self {
        Self {
            demo: demo.clone(),
            bucket: bucket.clone(),
            clock: clock.clone(),
            invoke: invoke.clone(),
            ids: ids.clone(),
            payments: FakePayments::default(),
            mail: RecordingMail::default(),
        }
    }

    fn billing(&self) -> Billing {
        Billing {
            store: self.demo.store.clone(),
            files: self.bucket.files(),
            payments: Arc::new(self.payments.clone()),
            authority: Arc::new(PlayedAuthority),
            mail: Arc::new(self.mail.clone()),
            invoke: self.invoke.clone(),
            clock: self.clock.clone(),
            console_url: "https://console.example".into(),
        }
    }

    fn decisions(&self) -> Decisions {
        Decisions { store: self.demo.store.clone(), clock: self.clock.clone() }
    }

    /// `catalogue`, `identity`, `plan` (asked for), `paid` (a page and its delivery), `booked` (a page only), `places`
    /// (that are left of the plan's), `ended` (by the operator, whose effects wait), `gone` (ended and its thirty days
    /// over), `hours` (that pass then), `order` (as it is stored), `bank` (`declines`).
    pub(crate) async fn given(&self, given: &Value) {
        let on = |name: &str| given[name].as_bool() == Some(true);
        let store = &self.demo.store;
        let organization = store.organization(&self.demo.organization);
        if on("catalogue") {
            let catalogue = serde_json::from_value(catalogue()).unwrap();
            assert!(store.installation().put_catalogue(&catalogue).await.unwrap());
            let issuer = json!({ "country": "EC", "zone": "America/Guayaquil", "tax_number": "1790011674001",
                "legal_name": "Colibrí Software S.A.", "address": "Quito", "establishment_address": "Quito",
                "establishment": "001", "point": "001" });
            store.installation().put_issuer(&serde_json::from_value(issuer).unwrap()).await.unwrap();
        }
        if on("identity") {
            let buyer = json!({ "kind": "cedula", "number": "1710034065", "legal_name": "Comercial Ceibo",
                "address": "Guayaquil", "email": "pagos@ceibo.example", "country": "EC" });
            organization.put_billing_identity(&serde_json::from_value(buyer).unwrap()).await.unwrap();
        }
        if let Some(plan) = given["plan"].as_str() {
            let id = &self.demo.organization;
            let sub = Subscription::signed_up(id.clone(), "America/Guayaquil", "EC");
            assert!(organization.save_subscription(&sub, 0, None).await.unwrap());
            let billing = self.billing();
            billing.apply(id, &Input::Subscribe { plan: plan.to_owned() }, "usr_alba").await.unwrap();
            if on("paid") || on("booked") {
                let stored = billing.subscription(id).await.unwrap().subscription;
                for link in &stored.links {
                    self.payments.pay_page(id, &link.id, link.total, self.clock.now());
                }
            }
            if on("paid") {
                for booked in self.payments.books() {
                    let payment =
                        colibri_app::billing::payments::Payments::payment(&self.payments, &booked.id);
                    if let Ok(Some(colibri_app::billing::payments::Outcome::Paid(received))) = payment.await {
                        self.decisions().receive(received).await.unwrap();
                    }
                }
                billing.work(id).await.unwrap();
            }
            if let Some(places) = given["places"].as_u64() {
                organization.set_quota(places).await.unwrap();
            }
            if on("ended") || on("gone") {
                billing.apply(id, &Input::Deactivate, "operator").await.unwrap();
            }
            if on("gone") {
                billing.work(id).await.unwrap();
                self.clock.pass(31 * 24 * HOUR);
                billing.work(id).await.unwrap();
            }
        }
        if let Some(order) = given.get("order") {
            let file = serde_json::from_value(order.clone()).unwrap();
            assert!(organization.save_deletion_order(&file, 0).await.unwrap());
        }
        if given["bank"] == "declines" {
            self.payments.bank(&self.demo.organization, Bank::Declines);
        }
        self.clock.pass(given["hours"].as_i64().unwrap_or(0) * HOUR);
        self.mail.take();
    }

    /// The resource behind the gate is the caller's affair.
    pub(crate) fn resource(&self) -> BillingResource {
        BillingResource {
            store: self.demo.store.clone(),
            files: self.bucket.files(),
            payments: Arc::new(self.payments.clone()),
            invoke: self.invoke.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            console_url: "https://console.example".into(),
        }
    }

    pub(crate) fn operator(&self) -> OperatorBillingResource {
        OperatorBillingResource {
            store: self.demo.store.clone(),
            invoke: self.invoke.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
        }
    }

    pub(crate) fn webhook(&self) -> Box<dyn HttpHandler> {
        Box::new(PaymentWebhook {
            decisions: self.decisions(),
            payments: Arc::new(self.payments.clone()),
            invoke: self.invoke.clone(),
        })
    }

    pub(crate) fn json_handler(&self, function: &str) -> Option<Box<dyn JsonHandler>> {
        Some(match function {
            "billing-run" => Box::new(BillingRun {
                store: self.demo.store.clone(),
                invoke: self.invoke.clone(),
                clock: self.clock.clone(),
            }),
            "deletion-run" => Box::new(DeletionRun {
                store: self.demo.store.clone(),
                files: self.bucket.files(),
                invoke: self.invoke.clone(),
                mail: Arc::new(self.mail.clone()),
                clock: self.clock.clone(),
                console_url: "https://console.example".into(),
            }),
            "billing-charge" => Box::new(BillingCharge { billing: self.billing() }),
            _ => return None,
        })
    }

    /// What stands written down: state, links, documents, mails, debits at the provider.
    pub(crate) async fn found(&self) -> Value {
        let organization = self.demo.store.organization(&self.demo.organization);
        let orders = organization.deletion_orders().await.unwrap();
        let Some(stored) = organization.subscription().await.unwrap() else {
            let subjects: Vec<String> = self.mail.take().into_iter().map(|mail| mail.subject).collect();
            return json!({ "orders": orders, "mails": subjects });
        };
        let sub = stored.subscription;
        let numbers: Vec<String> =
            organization.invoices().await.unwrap().into_iter().map(|invoice| invoice.number).collect();
        let subjects: Vec<String> = self.mail.take().into_iter().map(|mail| mail.subject).collect();
        json!({ "status": sub.status, "links": sub.links.len(), "invoices": numbers, "mails": subjects,
            "debits": self.payments.debits(), "todo": sub.todo.len(), "orders": orders })
    }
}
