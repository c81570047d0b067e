//! Sign-in, refresh, sign-out, passwords.

use colibri_app::api::attempts::Attempts;
use colibri_app::api::session::SessionResource;
use colibri_lambda::Need::{ConsoleUrl, Push, SignIn, Table, Tokens};

fn main() {
    colibri_lambda::http(&[ConsoleUrl, Push, SignIn, Table, Tokens], |world| {
        let console_origin = world.settings().console_url().to_owned();
        let attempts = Attempts::new(world.store(), world.clock());
        let (store, push, clock, ids) = (world.store(), world.push(), world.clock(), world.ids());
        world.api(SessionResource {
            identity: world.identity(),
            attempts,
            store,
            push,
            clock,
            ids,
            console_origin,
        })
    });
}
