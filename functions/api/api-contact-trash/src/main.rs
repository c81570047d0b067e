//! Deletes contacts, shows the trash, restores from it and erases.

use colibri_app::api::trash::TrashResource;
use colibri_lambda::Need::{Bus, Table, Tokens};

fn main() {
    colibri_lambda::http(&[Bus, Table, Tokens], |world| {
        world.api(TrashResource { clock: world.clock(), ids: world.ids(), invoke: world.invoke() })
    });
}
