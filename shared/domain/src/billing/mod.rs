//! The subscription: what is sold, what it costs on a day, when it is debited, and what follows from a payment or its
//! absence. Pure: instants come in as arguments, money is integers.

pub mod calendar;
pub mod catalogue;
pub mod charge;
pub mod deletion;
pub mod identity;
pub mod invoice;
pub mod ledger;
pub mod machine;
pub mod money;
pub mod quota;
pub mod rules;
pub mod subscription;
pub mod tax;

pub use calendar::Zone;
pub use catalogue::{Catalogue, Plan, PlanId, PlanTable};
pub use charge::{Charge, ChargeKind};
pub use identity::{BillingIdentity, IdentityKind};
pub use ledger::{EntryKind, HistoryEntry, LedgerEntry};
pub use machine::{Effect, Facts, Input, Refusal, Step, step};
pub use money::{Currency, Money, MoneyError};
pub use subscription::{Card, Status, Subscription};
pub use tax::{TaxRate, TaxTable};
