//! Contacts: inbox lists, search, create, edit, block, read.

use colibri_app::api::contacts::ContactsResource;
use colibri_app::receipts::ReadReceipts;
use colibri_lambda::Need::{Providers, Table, Tokens, Vault, VisitorPush};

fn main() {
    colibri_lambda::http(&[Table, Tokens, Vault, VisitorPush, Providers], |world| {
        let receipts = ReadReceipts { providers: world.providers() };
        world.api(ContactsResource { clock: world.clock(), store: world.store(), receipts })
    });
}
