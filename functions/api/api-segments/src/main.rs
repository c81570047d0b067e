//! Segments, and the table of contacts.

use colibri_app::api::segments::SegmentsResource;
use colibri_lambda::Need::{Table, Tokens};

fn main() {
    colibri_lambda::http(&[Table, Tokens], |world| {
        world.api(SegmentsResource { clock: world.clock(), ids: world.ids() })
    });
}
