//! What whoever runs the installation sells, who pays for it, and payments that go another way.

use colibri_app::api::operator_billing::OperatorBillingResource;
use colibri_lambda::Need::{Bus, Table, Tokens};

fn main() {
    colibri_lambda::http(&[Bus, Table, Tokens], |world| {
        world.api(OperatorBillingResource {
            store: world.store(),
            invoke: world.invoke(),
            clock: world.clock(),
            ids: world.ids(),
        })
    });
}
