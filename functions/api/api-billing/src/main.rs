//! The subscription of an organization: plan, payment, who is billed, documents, cancellation.

use colibri_app::api::billing::BillingResource;
use colibri_lambda::Need::{Bus, ConsoleUrl, Files, Payments, Table, Tokens};

fn main() {
    colibri_lambda::http(&[Bus, ConsoleUrl, Files, Payments, Table, Tokens], |world| {
        world.api(BillingResource {
            store: world.store(),
            files: world.files(),
            payments: world.payments(),
            invoke: world.invoke(),
            clock: world.clock(),
            ids: world.ids(),
            console_url: world.settings().console_url().to_owned(),
        })
    });
}
