//! Vocabulary and rules of the product. Pure: no I/O, no clock.
//!
//! Everything here is a value or a function of values. Time comes in as an argument, ids are made by the caller.

pub mod activity;
pub mod audit;
pub mod billing;
pub mod channel;
pub mod contact;
pub mod content;
pub mod conversation;
pub mod country;
pub mod event;
pub mod export;
pub mod failure;
pub mod grant;
pub mod ids;
pub mod import;
pub mod inbound;
pub mod invitation;
pub mod membership;
pub mod merge;
pub mod message;
pub mod outbound;
pub mod pace;
pub mod people;
pub mod phone;
pub mod planted;
pub mod rights;
pub mod segment;
pub mod sms;
pub mod snippet;
pub mod template;
pub mod text;
pub mod time;
pub mod variable;
pub mod webchat;
pub mod window;

pub use ids::{
    ChannelId, CommentId, ContactChannelId, ContactId, ConversationId, EventId, FileId, MessageId,
    NotificationId, OrganizationId, TeamId, UserId, WorkspaceId,
};
pub use time::{Millis, Seconds};
