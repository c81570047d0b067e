//! Every key of the table. All begin with their scope: `W#` workspace, `O#` organization, `I#` installation.

use colibri_domain::channel::ChannelSource;
use colibri_domain::phone::{E164, Email};
use colibri_domain::planted::{Planted, planted};
use colibri_domain::{ChannelId, ContactId, FileId, MessageId, Millis, OrganizationId, UserId, WorkspaceId};

/// A primary key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Partition.
    pub pk: String,
    /// Place in it.
    pub sk: String,
}

fn key(pk: String, sk: impl Into<String>) -> Key {
    Key { pk, sk: sk.into() }
}

/// What stands in a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimelineKind {
    /// A message.
    Message,
    /// An internal comment.
    Comment,
    /// A log entry.
    Activity,
}

impl TimelineKind {
    const fn letter(self) -> char {
        match self {
            Self::Message => 'm',
            Self::Comment => 'c',
            Self::Activity => 'a',
        }
    }
}

/// Sort key of the head: after everything of the timeline but the profile.
pub const HEAD: &str = "Z#H";
/// Sort key of the profile.
pub const PROFILE: &str = "Z#P";

/// A contact's partition.
pub fn contact(ws: &WorkspaceId, id: ContactId) -> String {
    format!("W#{ws}#C#{:010}", id.0)
}

/// The head.
pub fn head(ws: &WorkspaceId, id: ContactId) -> Key {
    key(contact(ws, id), HEAD)
}

/// The profile.
pub fn profile(ws: &WorkspaceId, id: ContactId) -> Key {
    key(contact(ws, id), PROFILE)
}

/// An entry of the timeline.
pub fn timeline(ws: &WorkspaceId, contact_id: ContactId, id: MessageId, kind: TimelineKind) -> Key {
    key(contact(ws, contact_id), timeline_sk(id, kind))
}

/// Sort key of a timeline entry: hexadecimal, so that text order is number order.
pub fn timeline_sk(id: MessageId, kind: TimelineKind) -> String {
    format!("T#{:014x}#{}", id.0, kind.letter())
}

/// The second of a timeline sort key.
pub fn timeline_second(sk: &str) -> Option<i64> {
    let hex = sk.strip_prefix("T#")?.get(..14)?;
    u64::from_str_radix(hex, 16).ok().map(|id| MessageId(id).second().0)
}

/// A session's record: before the timeline, out of its way.
pub fn conversation(ws: &WorkspaceId, contact_id: ContactId, id: &str) -> Key {
    key(contact(ws, contact_id), format!("A#{id}"))
}

/// What a merge changed of the primary, kept with the secondary until they are separated.
pub fn merge_snapshot(ws: &WorkspaceId, secondary: ContactId) -> Key {
    key(contact(ws, secondary), "A#merge")
}

/// Deleted contacts of a workspace.
pub fn trash(ws: &WorkspaceId) -> String {
    format!("W#{ws}#Z")
}

/// A contact in the trash.
pub fn trashed(ws: &WorkspaceId, id: ContactId) -> Key {
    key(trash(ws), format!("{:010}", id.0))
}

/// Index partition of deleted contacts, in the order in which they go for good.
pub fn purge_due() -> String {
    "I#PURGE".to_owned()
}

/// Claim of an identity on a channel.
pub fn identity(ws: &WorkspaceId, channel: &ChannelId, identity: &str) -> Key {
    key(format!("W#{ws}#I#{channel}#{identity}"), "C")
}

/// Claim of a phone number.
pub fn phone(ws: &WorkspaceId, phone: &E164) -> Key {
    if planted(Planted::KeyWithoutWorkspace) {
        return key(format!("P#{phone}"), "C");
    }
    key(format!("W#{ws}#P#{phone}"), "C")
}

/// Claim of an e-mail address.
pub fn email(ws: &WorkspaceId, email: &Email) -> Key {
    key(format!("W#{ws}#E#{}", email.as_str()), "C")
}

/// Contact sequence of a workspace.
pub fn sequence(ws: &WorkspaceId) -> Key {
    key(format!("W#{ws}"), "SEQ")
}

/// Settings partition.
pub fn settings(ws: &WorkspaceId) -> String {
    format!("W#{ws}#S")
}

/// One setting.
pub fn setting(ws: &WorkspaceId, kind: &str, id: &str) -> Key {
    key(settings(ws), format!("{kind}#{id}"))
}

/// Beginning of a snippet's place.
pub const SNIPPET: &str = "S#";

/// Snippets of a workspace.
pub fn snippets(ws: &WorkspaceId) -> String {
    format!("W#{ws}#SN")
}

/// A snippet.
pub fn snippet(ws: &WorkspaceId, id: &str) -> Key {
    key(snippets(ws), format!("{SNIPPET}{id}"))
}

/// How many snippets there are.
pub fn snippet_count(ws: &WorkspaceId) -> Key {
    key(snippets(ws), "COUNT")
}

/// A channel's sealed credentials.
pub fn channel_secret(ws: &WorkspaceId, channel: &ChannelId) -> Key {
    key(format!("W#{ws}#H"), channel.as_str())
}

/// Sealed credentials of all channels.
pub fn channel_secret_partition(ws: &WorkspaceId) -> String {
    format!("W#{ws}#H")
}

/// Templates of a channel.
pub fn templates(ws: &WorkspaceId, channel: &ChannelId) -> String {
    format!("W#{ws}#T#{channel}")
}

/// Claim of a client's idempotency key.
pub fn send_claim(ws: &WorkspaceId, claim: &str) -> Key {
    key(format!("W#{ws}#X#{claim}"), "I")
}

/// Tokens of a second of a number.
pub fn rate(ws: &WorkspaceId, channel: &ChannelId, second: i64) -> Key {
    key(format!("W#{ws}#R#{channel}"), format!("{second:012}"))
}

/// Sockets of a workspace.
pub fn sockets(ws: &WorkspaceId) -> String {
    format!("W#{ws}#K")
}

/// A ticket for a socket.
pub fn ticket(ws: &WorkspaceId, ticket: &str) -> Key {
    key(format!("W#{ws}#KT#{ticket}"), "T")
}

/// Notifications of a user.
pub fn notifications(ws: &WorkspaceId, user: &UserId) -> String {
    format!("W#{ws}#N#{user}")
}

/// A file.
pub fn file(ws: &WorkspaceId, id: &FileId) -> Key {
    key(format!("W#{ws}#F#{id}"), "F")
}

/// Search tokens that begin with the same two characters.
pub fn tokens(ws: &WorkspaceId, token: &str) -> String {
    let bucket: String = token.chars().take(2).collect();
    format!("W#{ws}#TK#{bucket}")
}

/// Imports of a workspace, with the lock that lets one at a time work.
pub fn imports(ws: &WorkspaceId) -> String {
    format!("W#{ws}#IM")
}

/// An import; its id tells its time.
pub fn import(ws: &WorkspaceId, id: &str) -> Key {
    key(imports(ws), format!("J#{id}"))
}

/// Which import is at work.
pub fn import_lock(ws: &WorkspaceId) -> Key {
    key(imports(ws), "A")
}

/// What the rows of an import did.
pub fn import_rows(ws: &WorkspaceId, id: &str) -> String {
    format!("W#{ws}#IR#{id}")
}

/// Contacts of a workspace in the order of their names.
pub fn names(ws: &WorkspaceId) -> String {
    format!("W#{ws}#NM")
}

/// Segments of a workspace, with the version of them all.
pub fn segments(ws: &WorkspaceId) -> String {
    format!("W#{ws}#SG")
}

/// A segment.
pub fn segment(ws: &WorkspaceId, id: &str) -> Key {
    key(segments(ws), format!("S#{id}"))
}

/// Grows with each change of any segment.
pub fn segments_version(ws: &WorkspaceId) -> Key {
    key(segments(ws), "V")
}

/// Exports of a workspace.
pub fn exports(ws: &WorkspaceId) -> String {
    format!("W#{ws}#EX")
}

/// An export.
pub fn export(ws: &WorkspaceId, id: &str) -> Key {
    key(exports(ws), format!("J#{id}"))
}

/// Which export was begun last.
pub fn export_running(ws: &WorkspaceId) -> Key {
    key(exports(ws), "RUN")
}

/// Events that wait for room in the quota.
pub fn waiting(ws: &WorkspaceId, id: &str) -> Key {
    key(format!("W#{ws}#Y"), id)
}

/// List index: by status.
pub fn by_status(ws: &WorkspaceId, open: bool) -> String {
    format!("W#{ws}#L#{}", status(open))
}

/// List index: by assignee and status.
pub fn by_assignee(ws: &WorkspaceId, assignee: Option<&UserId>, open: bool) -> String {
    format!("W#{ws}#A#{}#{}", assignee.map_or("-", UserId::as_str), status(open))
}

const fn status(open: bool) -> &'static str {
    if open { "open" } else { "closed" }
}

/// Audit log of a workspace.
pub fn audit(ws: &WorkspaceId) -> String {
    format!("W#{ws}#AU")
}

/// Invitations into a workspace.
pub fn invitations(ws: &WorkspaceId) -> String {
    format!("W#{ws}#IN")
}

/// Audit log of an organization.
pub fn organization_audit(id: &OrganizationId) -> String {
    format!("O#{id}#AU")
}

/// List of an organization's people.
pub fn organization_people(id: &OrganizationId) -> String {
    format!("O#{id}#PE")
}

/// List of an organization's workspaces.
pub fn organization_workspaces(id: &OrganizationId) -> String {
    format!("O#{id}#WS")
}

/// What an organization lets the operator see.
pub fn grants(id: &OrganizationId) -> String {
    format!("O#{id}#GR")
}

/// What the operator may see of one workspace.
pub fn grant(id: &OrganizationId, ws: &WorkspaceId) -> Key {
    key(grants(id), ws.as_str())
}

/// Directory: the organizations of the installation.
pub fn organizations() -> String {
    "I#OG".to_owned()
}

/// Directory: an invitation by the hash of its token.
pub fn invitation_token(hash: &str) -> Key {
    key(format!("I#IV#{hash}"), "D")
}

/// Directory: a sign-up by the hash of its token.
pub fn sign_up(hash: &str) -> Key {
    key(format!("I#SU#{hash}"), "D")
}

/// Directory: a person by his address.
pub fn user_email(email: &str) -> Key {
    key(format!("I#UE#{email}"), "D")
}

/// Counter of what an address of the network or of mail tried in a stretch of time.
pub fn attempts(who: &str, window: &str) -> Key {
    key(format!("I#AT#{who}"), window)
}

/// The organization itself.
pub fn organization(id: &OrganizationId) -> Key {
    key(format!("O#{id}"), "INFO")
}

/// The organization's contact quota.
pub fn quota(id: &OrganizationId) -> Key {
    key(format!("O#{id}"), "QUOTA")
}

/// The organization's subscription.
pub fn subscription(id: &OrganizationId) -> Key {
    key(format!("O#{id}"), "SUB")
}

/// Who is billed.
pub fn billing_identity(id: &OrganizationId) -> Key {
    key(format!("O#{id}"), "BILL")
}

/// What an organization may do.
pub fn access(id: &OrganizationId) -> Key {
    key(format!("O#{id}"), "ACCESS")
}

/// An order to delete contacts.
pub fn deletion_order(id: &OrganizationId, order: &str) -> Key {
    key(format!("O#{id}"), format!("DEL#{order}"))
}

/// Index partition of orders that something is due for; in order of its time.
pub fn deletions_due() -> String {
    "I#DELETIONS".to_owned()
}

/// Charges, documents, ledger and history of an organization.
pub fn billing(id: &OrganizationId) -> String {
    format!("O#{id}#B")
}

/// A charge.
pub fn charge(id: &OrganizationId, charge: &str) -> Key {
    key(billing(id), format!("C#{charge}"))
}

/// An invoice or credit note, by the code of its kind.
pub fn document(id: &OrganizationId, code: &str, number: &str) -> Key {
    key(billing(id), format!("D#{code}#{number}"))
}

/// An entry of the ledger.
pub fn ledger(id: &OrganizationId, entry: &str) -> Key {
    key(billing(id), format!("L#{entry}"))
}

/// What was done about a subscription, in the order of time.
pub fn billing_history(id: &OrganizationId, at: Millis, version: u64) -> Key {
    key(billing(id), format!("H#{:014}#{version:08}", at.0.max(0)))
}

/// What is sold.
pub fn catalogue() -> Key {
    key("I#CATALOGUE".to_owned(), "D")
}

/// Who issues invoices.
pub fn issuer() -> Key {
    key("I#ISSUER".to_owned(), "D")
}

/// Last number of a series of documents.
pub fn document_series(code: &str, series: &str) -> Key {
    key(format!("I#SERIES#{series}"), code)
}

/// Index partition of subscriptions that something is due for.
pub fn due(shard: usize) -> String {
    format!("I#DUE#{shard}")
}

/// Place of such a subscription: text order is time order.
pub fn due_place(at: Millis, organization: &OrganizationId) -> String {
    format!("{:016}#{organization}", at.0.max(0))
}

/// Index partition of all subscriptions.
pub fn customers() -> String {
    "I#CUSTOMERS".to_owned()
}

/// Index partition of a month's entries of all ledgers.
pub fn ledger_month(month: &str) -> String {
    format!("I#LEDGER#{month}")
}

/// Places of the quota that are free from the first of a month (`2026-12-01` as milliseconds).
pub fn places(id: &OrganizationId, first: colibri_domain::Millis) -> Key {
    key(format!("O#{id}"), format!("PLACES#{:015}", first.0.max(0)))
}

/// Index partition of places that will be free; in order of their day.
pub fn places_due() -> String {
    "I#PLACES".to_owned()
}

/// A user.
pub fn user(org: &OrganizationId, id: &UserId) -> Key {
    key(format!("O#{org}#U#{id}"), "INFO")
}

/// Directory: a channel by the provider's id of its account.
pub fn account(source: ChannelSource, account: &str) -> Key {
    key(format!("I#CH#{}#{account}", source.as_str()), "D")
}

/// Directory: a channel by its own id, which the addresses of some providers' deliveries name.
pub fn channel_entry(channel: &ChannelId) -> Key {
    key(format!("I#CI#{channel}"), "D")
}

/// Directory: channels by the provider's id of what their account belongs to.
pub fn parent_account(source: ChannelSource, parent: &str) -> String {
    format!("I#PA#{}#{parent}", source.as_str())
}

/// Directory: a customer's own app at the provider.
pub fn app(id: &str) -> Key {
    key(format!("I#APP#{id}"), "D")
}

/// Directory: a user by the pool's subject.
pub fn subject(subject: &str) -> Key {
    key(format!("I#US#{subject}"), "D")
}

/// Directory: a user who runs the installation.
pub fn operator(id: &UserId) -> Key {
    key(format!("I#OP#{id}"), "D")
}

/// Directory: the workspace of a socket.
pub fn connection(id: &str) -> Key {
    key(format!("I#SC#{id}"), "D")
}

/// A visitor of a web chat: session, feed, claims, uploads and sockets.
pub fn visitor(ws: &WorkspaceId, channel: &ChannelId, visitor: &str) -> String {
    format!("W#{ws}#V#{channel}#{visitor}")
}

/// Sort key of a visitor's session.
pub const SESSION: &str = "S";

/// Sort key of an entry of a visitor's feed: text order is number order.
pub fn feed_sk(seq: u64) -> String {
    format!("M#{seq:012}")
}

/// Counter of what one visitor or address did on a web chat in a stretch of time.
pub fn visitor_limit(ws: &WorkspaceId, channel: &ChannelId, who: &str, window: &str) -> Key {
    key(format!("W#{ws}#VL#{channel}#{who}"), window)
}

/// Directory: a ticket for a visitor's socket.
pub fn visitor_ticket(ticket: &str) -> Key {
    key(format!("I#VT#{ticket}"), "D")
}

/// Directory: workspaces with connected channels, for the schedules.
pub fn active_channels() -> String {
    "I#ACTIVE".to_owned()
}

/// Index partition of messages that wait for something to be done with them; empty when nothing waits.
pub fn pending(shard: usize) -> String {
    format!("I#PENDING#{shard}")
}

/// Place of such a message: hexadecimal, so that text order is the order of acceptance.
pub fn pending_place(id: MessageId) -> String {
    format!("{:014x}", id.0)
}

/// The workspace of a partition of customer data, and the contact if it is one's.
pub(crate) fn parse_place(pk: &str) -> Option<(WorkspaceId, Option<ContactId>)> {
    let scoped = pk.strip_prefix("W#")?;
    let (workspace, rest) = scoped.split_once('#').unwrap_or((scoped, ""));
    let contact = rest.strip_prefix("C#").and_then(|id| id.parse().ok()).map(ContactId);
    Some((workspace.parse().ok()?, contact))
}

/// The message that a primary key names, if it names one.
pub fn parse_message(pk: &str, sk: &str) -> Option<(WorkspaceId, ContactId, MessageId)> {
    let (workspace, contact) = pk.strip_prefix("W#")?.split_once("#C#")?;
    let id = u64::from_str_radix(sk.strip_prefix("T#")?.strip_suffix("#m")?, 16).ok()?;
    Some((workspace.parse().ok()?, ContactId(contact.parse().ok()?), MessageId(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeline_keys_sort_as_numbers() {
        let mut ids = [MessageId(1), MessageId((1 << 53) - 1), MessageId(0x10_0000), MessageId(255)];
        ids.sort();
        let keys: Vec<_> = ids.iter().map(|id| timeline_sk(*id, TimelineKind::Message)).collect();
        let mut sorted = keys.clone();
        sorted.sort();
        assert_eq!(keys, sorted);
        assert!(keys.iter().all(|k| k.as_str() < HEAD && HEAD < PROFILE));
        assert_eq!(timeline_second(&timeline_sk(MessageId(0x10_0000), TimelineKind::Activity)), Some(1));
    }
}
