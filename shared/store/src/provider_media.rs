//! What providers call files that were handed to them: a file sent twice is uploaded once.

use colibri_domain::{ChannelId, FileId, Millis};

use crate::WorkspaceStore;
use crate::error::StoreError;
use crate::item::{key, number, number_of, str_of, text};
use crate::keys::{self, Key};

impl WorkspaceStore {
    fn provider_media_key(&self, file: &FileId, channel: &ChannelId) -> Key {
        Key { pk: keys::file(&self.id, file).pk, sk: format!("M#{channel}") }
    }

    /// The provider's id of a file, while it is still good.
    pub async fn provider_media(
        &self,
        file: &FileId,
        channel: &ChannelId,
        now: Millis,
    ) -> Result<Option<String>, StoreError> {
        let item = self.db.get("provider media", &self.provider_media_key(file, channel)).await?;
        let good =
            item.filter(|item| number_of::<i64>(item, "ttl").is_some_and(|until| until > now.seconds().0));
        Ok(good.and_then(|item| str_of(&item, "pid").map(str::to_owned)))
    }

    /// Remembers the provider's id of a file until then.
    pub async fn put_provider_media(
        &self,
        file: &FileId,
        channel: &ChannelId,
        provider_id: &str,
        until: Millis,
    ) -> Result<(), StoreError> {
        let mut item = key(&self.provider_media_key(file, channel));
        item.insert("_t".to_owned(), text("provider_media"));
        item.insert("pid".to_owned(), text(provider_id));
        item.insert("ttl".to_owned(), number(until.seconds().0));
        self.db.put("provider media", item, None).await
    }
}
