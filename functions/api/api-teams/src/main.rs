//! Teams of a workspace.

use colibri_app::api::teams::TeamsResource;
use colibri_lambda::Need::{Table, Tokens};

fn main() {
    colibri_lambda::http(&[Table, Tokens], |world| {
        world.api(TeamsResource { gate: world.gate(), clock: world.clock(), ids: world.ids() })
    });
}
