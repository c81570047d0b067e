//! What a function may need from its surroundings, and the variables that name it.

/// One thing that a function needs. The template gives a function the variables of its needs and no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    /// The table.
    Table,
    /// The bucket for files.
    Files,
    /// The key that wraps the data keys of tenants.
    Vault,
    /// Sends what contacts wrote.
    InboundQueue,
    /// Sends message statuses.
    StatusQueue,
    /// Sends media to fetch.
    MediaQueue,
    /// Sends nudges.
    OutboundQueue,
    /// Wakes a sender later than a queue's delay reaches.
    Wake,
    /// Publishes events, and starts other functions by them.
    Bus,
    /// Keeps whole what can never be handled.
    DeadLetters,
    /// Pushes to sockets.
    Push,
    /// Signs users in.
    SignIn,
    /// Checks access tokens.
    Tokens,
    /// Secrets and verify tokens of the Meta apps.
    MetaApps,
    /// The installation's own key.
    InstallationKey,
    /// Calls the providers of channels.
    Providers,
    /// Base address of the webhooks.
    WebhookUrl,
    /// Base address of the console.
    ConsoleUrl,
    /// Origin of signed file addresses.
    FilesOrigin,
    /// Address of the WebSocket for browsers.
    SocketUrl,
    /// Pushes to visitors of web chats.
    VisitorPush,
    /// Address of the visitors' WebSocket.
    VisitorSocketUrl,
    /// Sends visitors to look after.
    NoteQueue,
    /// Sends mail.
    Mail,
    /// Calls the payment provider, and knows its deliveries.
    Payments,
}

impl Need {
    /// Every need.
    pub const ALL: [Self; 25] = [
        Self::Table,
        Self::Files,
        Self::Vault,
        Self::InboundQueue,
        Self::StatusQueue,
        Self::MediaQueue,
        Self::OutboundQueue,
        Self::Wake,
        Self::Bus,
        Self::DeadLetters,
        Self::Push,
        Self::SignIn,
        Self::Tokens,
        Self::MetaApps,
        Self::InstallationKey,
        Self::Providers,
        Self::WebhookUrl,
        Self::ConsoleUrl,
        Self::FilesOrigin,
        Self::SocketUrl,
        Self::VisitorPush,
        Self::VisitorSocketUrl,
        Self::NoteQueue,
        Self::Mail,
        Self::Payments,
    ];

    /// The variables behind this need.
    pub const fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Table => &["TABLE_NAME"],
            Self::Files => &["BUCKET_NAME"],
            Self::Vault => &["KMS_KEY_ID"],
            Self::InboundQueue => &["INBOUND_QUEUE_URL"],
            Self::StatusQueue => &["STATUS_QUEUE_URL"],
            Self::MediaQueue => &["MEDIA_QUEUE_URL"],
            Self::OutboundQueue => &["OUTBOUND_QUEUE_URL"],
            Self::Wake => &["OUTBOUND_QUEUE_ARN", "SCHEDULE_ROLE_ARN", "SCHEDULE_GROUP"],
            Self::Bus => &["EVENT_BUS_NAME"],
            Self::DeadLetters => &["DEAD_LETTER_QUEUE_URL"],
            Self::Push => &["SOCKET_ENDPOINT"],
            Self::SignIn => &["USER_POOL_ID", "USER_POOL_CLIENT_ID"],
            Self::Tokens => &["COGNITO_ISSUER", "JWKS_URL", "USER_POOL_CLIENT_ID"],
            Self::MetaApps => &["META_APPS_SECRET"],
            Self::InstallationKey => &["INSTALLATION_KEY"],
            Self::Providers => &[
                "WHATSAPP_BASE_URL",
                "TELEGRAM_BASE_URL",
                "MESSENGER_BASE_URL",
                "INSTAGRAM_BASE_URL",
                "TWILIO_BASE_URL",
                "OUTBOUND_ALLOW_PRIVATE",
            ],
            Self::WebhookUrl => &["PUBLIC_WEBHOOK_URL"],
            Self::ConsoleUrl => &["PUBLIC_CONSOLE_URL"],
            Self::FilesOrigin => &["FILES_ORIGIN"],
            Self::SocketUrl => &["SOCKET_URL"],
            Self::VisitorPush => &["VISITOR_SOCKET_ENDPOINT", "PUBLIC_WEBHOOK_URL"],
            Self::VisitorSocketUrl => &["VISITOR_SOCKET_URL"],
            Self::NoteQueue => &["NOTE_QUEUE_URL"],
            Self::Mail => &["MAIL_FROM"],
            Self::Payments => &["STRIPE_BASE_URL", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"],
        }
    }

    /// The need's name as a function writes it.
    pub fn name(self) -> String {
        format!("{self:?}")
    }
}
