//! Lists templates and asks for a fresh list.

use colibri_app::api::templates::TemplatesResource;
use colibri_lambda::Need::{Bus, Table, Tokens};

fn main() {
    colibri_lambda::http(&[Bus, Table, Tokens], |world| {
        world.api(TemplatesResource { invoke: world.invoke() })
    });
}
