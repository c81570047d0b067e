//! What a message of any channel says, as an adapter has read it.

use colibri_domain::content::Content;
use colibri_domain::inbound::RemoteMedia;

/// Bytes of a content as JSON; what is larger could not be stored with its message.
const CONTENT_LIMIT: usize = 128 * 1024;

/// Content, and the bytes that belong to it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    /// What it says.
    pub content: Content,
    /// To fetch.
    pub media: Option<RemoteMedia>,
}

impl Part {
    /// A placeholder with the provider's word.
    pub fn unsupported(word: &str) -> Self {
        let type_name = word.chars().filter(|c| !c.is_control()).take(64).collect();
        Content::Unsupported { type_name }.into()
    }

    /// Whether the content is small enough to be stored with its message.
    pub fn is_storable(&self) -> bool {
        serde_json::to_vec(&self.content).is_ok_and(|json| json.len() <= CONTENT_LIMIT)
    }
}

impl From<Content> for Part {
    fn from(content: Content) -> Self {
        Self { content, media: None }
    }
}
