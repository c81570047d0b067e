//! A payment provider in memory: it keeps its own books, decides as a test says, and loses answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use colibri_app::billing::payments::{Asked, Forged, Outcome, PaymentError, Payments, Received, Told};
use colibri_domain::billing::charge::Payment;
use colibri_domain::billing::{Card, Money};
use colibri_domain::{Millis, OrganizationId};

use crate::locked;

/// What becomes of the next tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bank {
    /// Pays.
    Pays,
    /// Says no.
    Declines,
    /// Pays, and the answer is lost.
    PaysInSilence,
    /// Is not reached.
    Away,
}

/// A payment in the provider's books.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Booked {
    pub id: String,
    pub organization: OrganizationId,
    pub charge: String,
    pub total: Money,
    pub at: Millis,
    pub refunded: i64,
}

#[derive(Default)]
struct Books {
    payments: Vec<Booked>,
    answered: BTreeMap<String, Result<usize, String>>,
    refunds: BTreeMap<String, i64>,
    banks: BTreeMap<OrganizationId, Bank>,
    debits: u64,
    stripe: bool,
}

impl Books {
    const fn name(&self) -> &'static str {
        if self.stripe { "stripe" } else { "fake" }
    }
}

/// The provider.
#[derive(Clone, Default)]
pub struct FakePayments(Arc<Mutex<Books>>);

/// What signs its deliveries.
pub const SIGNATURE: &str = "x-fake-signature";

fn card(provider: &str) -> Card {
    Card {
        provider: provider.to_owned(),
        customer: "cus_1".to_owned(),
        method: "pm_1".to_owned(),
        brand: "visa".to_owned(),
        last4: "4242".to_owned(),
        expires: (12, 2030),
    }
}

impl Booked {
    fn outcome(&self, provider: &str) -> Outcome {
        let payment = Payment {
            provider: provider.to_owned(),
            reference: self.id.clone(),
            at: self.at,
            last4: Some("4242".to_owned()),
        };
        Outcome::Paid(Received {
            organization: self.organization.clone(),
            charge: self.charge.clone(),
            total: self.total,
            payment,
            card: Some(card(provider)),
        })
    }
}

impl FakePayments {
    /// One that passes for the real provider: what it has booked goes on there.
    pub fn stripe() -> Self {
        let payments = Self::default();
        locked(&payments.0).stripe = true;
        payments
    }

    /// What an organization's bank does from now on.
    pub fn bank(&self, organization: &OrganizationId, bank: Bank) {
        locked(&self.0).banks.insert(organization.clone(), bank);
    }

    /// All payments.
    pub fn books(&self) -> Vec<Booked> {
        locked(&self.0).payments.clone()
    }

    /// Debits that were asked for, repetitions included.
    pub fn debits(&self) -> u64 {
        locked(&self.0).debits
    }

    /// Somebody pays on the provider's page; the id of the payment.
    pub fn pay_page(&self, organization: &OrganizationId, charge: &str, total: Money, at: Millis) -> String {
        let mut books = locked(&self.0);
        let place = book(&mut books, organization, charge, total, at);
        books.payments[place].id.clone()
    }
}

fn book(books: &mut Books, organization: &OrganizationId, charge: &str, total: Money, at: Millis) -> usize {
    let id = format!("pay_{}", books.payments.len() + 1);
    let (organization, charge) = (organization.clone(), charge.to_owned());
    books.payments.push(Booked { id, organization, charge, total, at, refunded: 0 });
    books.payments.len() - 1
}

#[async_trait]
impl Payments for FakePayments {
    fn name(&self) -> &'static str {
        locked(&self.0).name()
    }

    async fn page(&self, asked: &Asked, _: Option<&Card>, _: &str) -> Result<String, PaymentError> {
        Ok(format!("https://pay.example/{}/{}", asked.organization, asked.charge))
    }

    async fn debit(&self, asked: &Asked, _: &Card, key: &str) -> Result<Outcome, PaymentError> {
        let mut books = locked(&self.0);
        books.debits += 1;
        let bank = books.banks.get(&asked.organization).copied().unwrap_or(Bank::Pays);
        if bank == Bank::Away {
            return Err(PaymentError::NoAnswer("away".into()));
        }
        let answer = if let Some(answer) = books.answered.get(key).cloned() {
            answer
        } else {
            let answer = if bank == Bank::Declines {
                Err("insufficient_funds".to_owned())
            } else {
                Ok(book(&mut books, &asked.organization, &asked.charge, asked.total, Millis(0)))
            };
            books.answered.insert(key.to_owned(), answer.clone());
            if bank == Bank::PaysInSilence {
                return Err(PaymentError::NoAnswer("lost".into()));
            }
            answer
        };
        Ok(match answer {
            Ok(place) => books.payments[place].outcome(books.name()),
            Err(reason) => Outcome::Declined(reason),
        })
    }

    async fn find(&self, asked: &Asked, _: Option<&Card>) -> Result<Option<Outcome>, PaymentError> {
        let books = locked(&self.0);
        if books.banks.get(&asked.organization) == Some(&Bank::Away) {
            return Err(PaymentError::NoAnswer("away".into()));
        }
        let mine = |p: &&Booked| {
            p.organization == asked.organization && p.charge == asked.charge && p.refunded < p.total.minor
        };
        Ok(books.payments.iter().find(mine).map(|paid| paid.outcome(books.name())))
    }

    async fn payment(&self, id: &str) -> Result<Option<Outcome>, PaymentError> {
        let books = locked(&self.0);
        Ok(books.payments.iter().find(|payment| payment.id == id).map(|paid| paid.outcome(books.name())))
    }

    async fn refund(&self, payment: &str, amount: Money, key: &str) -> Result<(), PaymentError> {
        let mut books = locked(&self.0);
        if books.refunds.contains_key(key) {
            return Ok(());
        }
        let Some(booked) = books.payments.iter_mut().find(|p| p.id == payment) else {
            return Err(PaymentError::Refused("no such payment".into()));
        };
        if booked.refunded + amount.minor > booked.total.minor {
            return Err(PaymentError::Refused("more than was paid".into()));
        }
        booked.refunded += amount.minor;
        books.refunds.insert(key.to_owned(), amount.minor);
        Ok(())
    }

    fn told(&self, headers: &http::HeaderMap, body: &[u8], _: Millis) -> Result<Told, Forged> {
        if headers.get(SIGNATURE).is_none_or(|value| value != "right") {
            return Err(Forged::Signature);
        }
        let id = std::str::from_utf8(body).map_err(|_| Forged::Unreadable)?;
        Ok(match id.strip_prefix("dispute:") {
            Some(payment) => {
                let books = locked(&self.0);
                let booked = books.payments.iter().find(|booked| booked.id == payment);
                booked.map_or(Told::Nothing, |booked| Told::Disputed {
                    payment: payment.to_owned(),
                    total: booked.total,
                })
            }
            None if id.is_empty() => Told::Nothing,
            None => Told::Payment(id.to_owned()),
        })
    }
}
