//! Brings media from the provider to the bucket and attaches it to its message.

use std::sync::Arc;

use colibri_app::media::MediaFetch;
use colibri_lambda::Need::{Files, Providers, Table, Vault};

fn main() {
    colibri_lambda::queue(&[Files, Table, Vault, Providers], |world| {
        let (store, files, clock) = (world.store(), world.files(), world.clock());
        Arc::new(MediaFetch { store, files, providers: world.providers(), clock })
    });
}
