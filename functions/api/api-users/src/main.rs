//! The users of a workspace: list, change of place, removal.

use colibri_app::api::users::UsersResource;
use colibri_lambda::Need::{Push, Table, Tokens};

fn main() {
    colibri_lambda::http(&[Push, Table, Tokens], |world| {
        let (store, gate, push) = (world.store(), world.gate(), world.push());
        world.api(UsersResource { store, gate, push, clock: world.clock(), ids: world.ids() })
    });
}
