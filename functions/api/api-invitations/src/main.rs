//! Invitations into a workspace.

use colibri_app::api::invitations::InvitationsResource;
use colibri_lambda::Need::{ConsoleUrl, Mail, Table, Tokens};

fn main() {
    colibri_lambda::http(&[ConsoleUrl, Mail, Table, Tokens], |world| {
        let console_url = world.settings().console_url().to_owned();
        let (clock, ids, mail) = (world.clock(), world.ids(), world.mail());
        world.api(InvitationsResource { clock, ids, mail, console_url })
    });
}
