//! Merges two contacts, separates them again, and says who may be the same person.

use colibri_app::api::merges::MergesResource;
use colibri_lambda::Need::{Table, Tokens};

fn main() {
    colibri_lambda::http(&[Table, Tokens], |world| world.api(MergesResource { clock: world.clock() }));
}
