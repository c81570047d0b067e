//! Lifecycle stages.

use colibri_app::api::stages::StagesResource;
use colibri_lambda::Need::{Table, Tokens};

fn main() {
    colibri_lambda::http(&[Table, Tokens], |world| {
        world.api(StagesResource { gate: world.gate(), clock: world.clock(), ids: world.ids() })
    });
}
