//! Gives out single-use tickets for sockets.

use colibri_app::api::sockets::SocketsResource;
use colibri_lambda::Need::{SocketUrl, Table, Tokens};

fn main() {
    colibri_lambda::http(&[SocketUrl, Table, Tokens], |world| {
        let socket_url = world.settings().socket_url().to_owned();
        world.api(SocketsResource { clock: world.clock(), ids: world.ids(), socket_url })
    });
}
