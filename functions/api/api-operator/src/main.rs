//! What whoever runs the installation may do.

use colibri_app::api::operator::OperatorResource;
use colibri_lambda::Need::{Table, Tokens};

fn main() {
    colibri_lambda::http(&[Table, Tokens], |world| {
        let store = world.store();
        world.api(OperatorResource { store, clock: world.clock(), ids: world.ids() })
    });
}
