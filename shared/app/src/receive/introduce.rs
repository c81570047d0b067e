//! Somebody said who he is without writing: the contact is there from now on, nothing opens.

use colibri_domain::contact::Head;
use colibri_domain::conversation::Change;
use colibri_domain::event::EventKind;
use colibri_domain::inbound::{InboundEvent, Introduction};
use colibri_domain::message::{Actor, Source};
use colibri_domain::phone::E164;
use colibri_store::{Typed, WorkspaceStore, WriteContext};

use super::{MessageReceive, failed};
use crate::http::RecordError;

impl MessageReceive {
    pub(super) async fn introduce(
        &self,
        store: &WorkspaceStore,
        event: &InboundEvent,
        introduction: &Introduction,
    ) -> Result<(), RecordError> {
        let Some(person) = self.person(store, event, Source::Contact).await? else {
            return Ok(());
        };
        let settings = store.settings().await.map_err(failed)?;
        let country = settings.map(|s| s.workspace.country).unwrap_or_default();
        let typed = Typed {
            phone: introduction.phone.as_deref().and_then(|text| E164::from_typed(text, &country).ok()),
            email: introduction.email.as_deref().and_then(|text| text.parse().ok()),
            language: introduction.language.clone(),
        };
        let context = WriteContext { actor: Actor::source(Source::Contact), now: introduction.at.millis() };
        store.note_typed(person.head.id, &typed, &context).await.map_err(failed)?;
        let Some(name) = event.from.name.as_deref() else { return Ok(()) };
        let rule = |mut head: Head| {
            let new = head.take_channel_name(name);
            let events = if new { vec![EventKind::ContactRefreshed] } else { Vec::new() };
            Ok::<_, std::convert::Infallible>(Change {
                head,
                events,
                activities: Vec::new(),
                conversation: None,
            })
        };
        store.change_head(person.head.id, &context, rule).await.map(|_| ()).map_err(failed)
    }
}
