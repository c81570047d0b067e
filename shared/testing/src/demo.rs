//! A small workspace to test in: two people, one WhatsApp number, room for contacts.

use colibri_app::ports::KeyVault;
use colibri_domain::channel::{Channel, ChannelSource, ChannelState, ReadReceipts};
use colibri_domain::contact::{ContactChannel, Head, Profile};
use colibri_domain::content::Content;
use colibri_domain::message::{Actor, Message, SendStep, Source, Traffic};
use colibri_domain::people::{
    ActivityStatus, ClosingNoteMode, Membership, OrganizationRole, Role, User, Visibility, Workspace,
};
use colibri_domain::phone::E164;
use colibri_domain::{
    ChannelId, ContactChannelId, ContactId, MessageId, Millis, OrganizationId, UserId, WorkspaceId,
};
use colibri_store::{ChannelSecrets, NewContact, Store, StoreError, WorkspaceStore};
use secrecy::SecretString;

use crate::{MemoryVault, TestTable};

/// The workspace with its table.
#[derive(Clone)]
#[allow(missing_docs)]
pub struct Demo {
    pub table: TestTable,
    pub store: Store,
    pub organization: OrganizationId,
    pub workspace: WorkspaceId,
    /// Owner; sees everything. The pool's subject is `sub-alba`.
    pub alba: UserId,
    /// Agent who sees his own contacts only. The pool's subject is `sub-bruno`.
    pub bruno: UserId,
    /// A connected WhatsApp number.
    pub channel: Channel,
    /// When everything was made: 2026-01-15 12:00:00 UTC, as [`crate::FixedClock`] begins.
    pub now: Millis,
}

/// The bot that [`Demo::connect_bot`] connects.
pub const BOT: &str = "7000001";
/// The demo's number for text messages.
pub const TEXTS: &str = "+593990000100";
/// The account that it belongs to.
pub const TEXTS_ACCOUNT: &str = "AC00000000000000000000000000000001";
/// The token that signs its deliveries.
pub const TEXTS_TOKEN: &str = "0123456789abcdef0123456789abcdef";
/// The bot's token, as Telegram writes them.
pub const BOT_TOKEN: &str = "7000001:AAtokenofthebottokenofthebot";

/// The page that [`Demo::connect_page`] connects.
pub const PAGE: &str = "424200000000301";
/// The account that [`Demo::connect_instagram`] connects.
pub const INSTAGRAM: &str = "424200000000401";

/// The Meta app of the demo channel.
pub const APP: &str = "424200000000001";
/// The phone number id of the demo channel.
pub const ACCOUNT: &str = "424200000000101";
/// The business account of the demo channel.
pub const PARENT: &str = "424200000000201";

impl Demo {
    /// Makes the workspace with room for this many contacts.
    pub async fn with_quota(limit: u64) -> Self {
        Self::on(TestTable::new(), limit).await
    }

    /// Makes the workspace on a table of one's own.
    pub async fn on(table: TestTable, limit: u64) -> Self {
        Self::named(table, limit, ["ceibo", "alba", "bruno", "demo"]).await
    }

    /// The same with ids as long as real ones: what is counted in kilobytes depends on them.
    pub async fn lifelike(table: TestTable, limit: u64) -> Self {
        let unique = [
            "0199f1d2a6c07b11b3a4c5d6e7f80911",
            "0199f1d2a6c17b22b3a4c5d6e7f80922",
            "0199f1d2a6c27b33b3a4c5d6e7f80933",
            "0199f1d2a6c37b44b3a4c5d6e7f80944",
        ];
        Self::named(table, limit, unique).await
    }

    async fn named(table: TestTable, limit: u64, [place, alba, bruno, number]: [&str; 4]) -> Self {
        let demo = Self {
            store: table.store(),
            table,
            organization: OrganizationId::from_unique(place),
            workspace: WorkspaceId::from_unique(place),
            alba: UserId::from_unique(alba),
            bruno: UserId::from_unique(bruno),
            channel: channel(&WorkspaceId::from_unique(place), number, ACCOUNT),
            now: Millis(1_768_478_400_000),
        };
        demo.seed(limit).await.expect("a fresh table takes the demo");
        demo.table.calls();
        demo.table.changes();
        demo
    }

    /// Makes the workspace with room for 1,000 contacts.
    pub async fn new() -> Self {
        Self::with_quota(1000).await
    }

    async fn seed(&self, limit: u64) -> Result<(), StoreError> {
        let organization = self.store.organization(&self.organization);
        organization.put_name("Ceibo").await?;
        organization.set_quota(limit).await?;
        let data = self.data();
        data.put_workspace(&Workspace {
            id: self.workspace.clone(),
            organization_id: self.organization.clone(),
            name: "Ceibo Muebles".into(),
            timezone: "America/Guayaquil".into(),
            country: "EC".into(),
            closing_note_mode: ClosingNoteMode::Optional,
            consumers: Vec::new(),
        })
        .await?;
        let people = [
            (&self.alba, "Alba", Role::Owner, Visibility::All),
            (&self.bruno, "Bruno", Role::Agent, Visibility::Own),
        ];
        for (id, name, role, visibility) in people {
            let email = format!("{}@ceibo.example", name.to_lowercase());
            data.put_member(&Membership {
                user_id: id.clone(),
                name: name.into(),
                email: email.clone(),
                role,
                visibility,
                teams: Vec::new(),
                status: ActivityStatus::Online,
                restrictions: Vec::new(),
                custom_role: None,
                custom_rights: Vec::new(),
            })
            .await?;
            let user = User {
                id: id.clone(),
                organization_id: self.organization.clone(),
                email,
                first_name: name.into(),
                last_name: String::new(),
                locale: "es".into(),
                workspaces: vec![self.workspace.clone()],
                revoked_before: None,
                accepted: Vec::new(),
                ended_sessions: Vec::new(),
                version: 0,
                organization_role: if role == Role::Owner {
                    OrganizationRole::Admin
                } else {
                    OrganizationRole::Member
                },
            };
            organization.put_user(&user).await?;
            let subject = format!("sub-{}", name.to_lowercase());
            self.store.installation().put_subject(&subject, &self.organization, id).await?;
        }
        let token = MemoryVault
            .seal(self.workspace.as_str(), &SecretString::from("token-of-the-channel"))
            .await
            .expect("sealing in memory");
        self.store.installation().claim_account(&self.channel, None).await?;
        data.put_channel(&self.channel, Some(&ChannelSecrets { token })).await
    }

    /// Connects a Telegram bot beside the WhatsApp number, as `ch_bot`.
    pub async fn connect_bot(&self) -> Channel {
        let bot = Channel {
            source: ChannelSource::Telegram,
            name: "Telegram".into(),
            parent_account: None,
            app: None,
            display: "@ceibo_bot".into(),
            throughput: 30,
            ..channel(&self.workspace, "bot", BOT)
        };
        self.connect_with(bot, BOT_TOKEN).await
    }

    /// Connects a Facebook page, as `ch_page`.
    pub async fn connect_page(&self) -> Channel {
        let page = Channel {
            source: ChannelSource::Facebook,
            name: "Messenger".into(),
            parent_account: None,
            display: "Ceibo Muebles".into(),
            throughput: 300,
            ..channel(&self.workspace, "page", PAGE)
        };
        self.connect_with(page, "EAAGtokenofthepage").await
    }

    /// Connects an Instagram account by its own login, as `ch_insta`.
    pub async fn connect_instagram(&self) -> Channel {
        let account = Channel {
            source: ChannelSource::Instagram,
            name: "Instagram".into(),
            parent_account: None,
            display: "@ceibo.muebles".into(),
            throughput: 300,
            ..channel(&self.workspace, "insta", INSTAGRAM)
        };
        self.connect_with(account, "IGAAtokenoftheaccount").await
    }

    /// Connects a number of Twilio's, as `ch_texts`.
    pub async fn connect_texts(&self) -> Channel {
        let number = Channel {
            source: ChannelSource::Twilio,
            name: "SMS".into(),
            parent_account: Some(TEXTS_ACCOUNT.into()),
            app: None,
            display: TEXTS.into(),
            throughput: 10,
            ..channel(&self.workspace, "texts", TEXTS)
        };
        self.connect_with(number, TEXTS_TOKEN).await
    }

    async fn connect_with(&self, channel: Channel, token: &str) -> Channel {
        let token = MemoryVault.seal(self.workspace.as_str(), &SecretString::from(token)).await;
        let token = token.expect("sealing in memory");
        self.store.installation().claim_account(&channel, None).await.expect("a free account");
        self.data().put_channel(&channel, Some(&ChannelSecrets { token })).await.expect("a write");
        channel
    }

    /// The workspace's data.
    pub fn data(&self) -> WorkspaceStore {
        self.store.workspace(&self.workspace)
    }

    /// A contact to create, known by a WhatsApp number (digits), which he also owns as phone.
    pub fn newcomer(&self, digits: &str, name: &str) -> NewContact {
        let mut head = Head::new(ContactId(0), self.now);
        head.first_name = name.into();
        head.phone = E164::from_digits(digits).ok();
        head.channels = vec![self.identity(digits)];
        NewContact {
            head,
            profile: profile(Source::Contact),
            actor: Actor::source(Source::Contact),
            now: self.now,
        }
    }

    /// An identity on the demo channel.
    pub fn identity(&self, digits: &str) -> ContactChannel {
        ContactChannel {
            id: ContactChannelId::derive(&self.channel.id, digits),
            channel_id: self.channel.id.clone(),
            source: ChannelSource::WhatsappCloud,
            identity: digits.to_owned(),
            aliases: Vec::new(),
            name: None,
            connected_at: self.now,
            last_inbound_at: None,
            last_inbound_ref: None,
            last_message_at: None,
            origin: None,
        }
    }

    /// A contact that is stored.
    pub async fn contact(&self, digits: &str, name: &str) -> Head {
        match self
            .data()
            .create_contact(&self.organization, self.newcomer(digits, name))
            .await
            .expect("a new contact")
        {
            colibri_store::CreatedContact::New(head) | colibri_store::CreatedContact::Existing(head) => head,
        }
    }

    /// What a contact wrote, at a second after [`Self::now`].
    pub fn incoming(&self, head: &Head, provider_id: &str, second: i64, text: &str) -> Message {
        let at = self.now.plus(second * 1000);
        Message {
            id: MessageId::derive(at.seconds(), self.channel.id.as_str(), provider_id),
            contact_id: head.id,
            conversation_id: None,
            contact_channel_id: head.channels[0].id.clone(),
            channel_id: head.channels[0].channel_id.clone(),
            channel_message_id: Some(provider_id.to_owned()),
            traffic: Traffic::Incoming,
            at,
            received_at: at.plus(300),
            content: Content::Text { text: text.to_owned() },
            sender: Actor::source(Source::Contact),
            reply_to: None,
            forwarded: false,
            referral: None,
            statuses: std::collections::BTreeMap::new(),
            send: None,
            failure: None,
            reactions: Vec::new(),
            edited_at: None,
            revoked_at: None,
            pricing: None,
            outbound: None,
            version: 1,
        }
    }

    /// What Alba asks to send, at a second after [`Self::now`].
    pub fn outgoing(&self, head: &Head, key: &str, second: i64, text: &str) -> Message {
        let at = self.now.plus(second * 1000);
        Message {
            id: MessageId::derive(at.seconds(), "send", key),
            channel_message_id: None,
            traffic: Traffic::Outgoing,
            received_at: at,
            sender: Actor::user(self.alba.clone()),
            send: Some(SendStep::Queued { due_at: at, attempts: 0 }),
            outbound: Some(colibri_domain::outbound::OutboundContent::Text {
                text: text.to_owned(),
                preview_url: false,
            }),
            ..self.incoming(head, key, second, text)
        }
    }
}

/// A profile that knows nothing yet.
pub fn profile(created_source: Source) -> Profile {
    Profile {
        country: None,
        language: None,
        fields: std::collections::BTreeMap::new(),
        created_source,
        foreign_phone: None,
        foreign_email: None,
        marketing_opt_outs: Vec::new(),
    }
}

/// A connected WhatsApp number.
pub fn channel(workspace: &WorkspaceId, unique: &str, account: &str) -> Channel {
    Channel {
        id: ChannelId::from_unique(unique),
        workspace_id: workspace.clone(),
        source: ChannelSource::WhatsappCloud,
        name: "WhatsApp ventas".into(),
        state: ChannelState::Connected,
        account: account.to_owned(),
        parent_account: Some(PARENT.to_owned()),
        app: Some(APP.to_owned()),
        display: "+593 90 000 0100".into(),
        verified_name: Some("Ceibo Muebles".into()),
        quality: None,
        throughput: 80,
        messaging_limit: None,
        error: None,
        last_event_at: None,
        checks: Vec::new(),
        read_receipts: ReadReceipts::default(),
        created_at: Millis(1_768_478_400_000),
        checklist: Vec::new(),
        webchat: None,
    }
}
