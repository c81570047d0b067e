//! A function that does nothing, for the bench: what the runtime alone costs. With `CLIENTS` set it makes the clients
//! that a webhook has.

use std::sync::Arc;

use async_trait::async_trait;
use colibri_app::http::{HttpHandler, Request, Response};
use colibri_lambda::Need::{Files, InboundQueue, MetaApps, StatusQueue, Table, Vault};

struct Nothing;

#[async_trait]
impl HttpHandler for Nothing {
    async fn handle(&self, _: Request) -> Response {
        Response::empty(http::StatusCode::OK)
    }
}

fn main() {
    if std::env::var_os("CLIENTS").is_none() {
        return colibri_lambda::http(&[], |_| Arc::new(Nothing));
    }
    colibri_lambda::http(&[Files, InboundQueue, MetaApps, StatusQueue, Table, Vault], |world| {
        std::hint::black_box((world.store(), world.files(), world.queue(), world.vault()));
        Arc::new(Nothing)
    });
}
