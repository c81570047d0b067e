//! Sessions of visitors: settings, tokens, the form, tickets for sockets, the way back from a mail.

use colibri_app::webchat::session::SessionRoutes;
use colibri_lambda::Need::{InboundQueue, Table, Vault, VisitorSocketUrl, WebhookUrl};

fn main() {
    colibri_lambda::http(&[InboundQueue, Table, Vault, VisitorSocketUrl, WebhookUrl], |world| {
        let socket_url = world.settings().visitor_socket_url().to_owned();
        world.webchat(SessionRoutes { queue: world.queue(), socket_url })
    });
}
