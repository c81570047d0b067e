//! Sign-up, and the acceptance of invitations.

use colibri_app::api::signup::SignUpResource;
use colibri_lambda::Need::{ConsoleUrl, Mail, SignIn, Table, Tokens};

fn main() {
    colibri_lambda::http(&[ConsoleUrl, Mail, SignIn, Table, Tokens], |world| {
        let console_url = world.settings().console_url().to_owned();
        let (store, identity, mail) = (world.store(), world.identity(), world.mail());
        world.api(SignUpResource {
            store,
            identity,
            mail,
            clock: world.clock(),
            ids: world.ids(),
            console_url,
        })
    });
}
