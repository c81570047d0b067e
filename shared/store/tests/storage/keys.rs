//! Keys keep order and never meet; the README lists them as they are.

use std::fmt::Write as _;

use colibri_domain::channel::ChannelSource;
use colibri_domain::phone::{E164, Email};
use colibri_domain::{
    ChannelId, ContactId, ConversationId, FileId, MessageId, Millis, OrganizationId, UserId, WorkspaceId,
};
use colibri_store::keys::{self, Key, TimelineKind};
use proptest::prelude::*;

const KINDS: [TimelineKind; 3] = [TimelineKind::Message, TimelineKind::Comment, TimelineKind::Activity];

proptest! {
    #[test]
    fn timeline_keys_sort_as_their_numbers(a in 0_u64..1 << 53, b in 0_u64..1 << 53, kind in 0_usize..3) {
        let key = |id| keys::timeline_sk(MessageId(id), KINDS[kind]);
        prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
        prop_assert_eq!(keys::timeline_second(&key(a)), Some(MessageId(a).second().0));
        prop_assert!(key(a).as_str() < keys::HEAD);
    }

    #[test]
    fn two_people_never_share_a_claim(a in "[!-~]{1,40}", b in "[!-~]{1,40}", x in "[a-z0-9]{1,8}", y in "[a-z0-9]{1,8}") {
        let ws = WorkspaceId::from_unique("ceibo");
        let key = |channel: &str, identity: &str| keys::identity(&ws, &ChannelId::from_unique(channel), identity);
        prop_assert_eq!(key(&x, &a) == key(&y, &b), x == y && a == b);
    }

    #[test]
    fn workspaces_never_share_a_partition(a in "[a-zA-Z0-9-]{1,20}", b in "[a-zA-Z0-9-]{1,20}", one in 1_u64..1 << 53, two in 1_u64..1 << 53) {
        let key = |ws: &str, contact| keys::contact(&WorkspaceId::from_unique(ws), ContactId(contact));
        prop_assert_eq!(key(&a, one) == key(&b, two), a == b && one == two);
    }
}

#[allow(clippy::too_many_lines, reason = "one row per key")]
fn rows() -> Vec<(Key, &'static str, &'static str)> {
    let (ws, org) = (WorkspaceId::from_unique("1"), OrganizationId::from_unique("1"));
    let (channel, user, contact) = (ChannelId::from_unique("1"), UserId::from_unique("1"), ContactId(7));
    let id = MessageId(1_768_478_400 << 20);
    let phone = E164::from_digits("593900000001").unwrap();
    let email: Email = "ana@ejemplo.example".parse().unwrap();
    let session = ConversationId::opened_by(contact, id);
    let within = |pk: String, sk: &str| Key { pk, sk: sk.to_owned() };
    let whatsapp = ChannelSource::WhatsappCloud;
    vec![
        (
            keys::head(&ws, contact),
            "head: list row, counters, open conversation, ring, unsent messages",
            "Get; first page of the timeline; GSI1, GSI2",
        ),
        (
            keys::merge_snapshot(&ws, contact),
            "what a merge changed of the contact that this one was merged into",
            "Get; deleted when they are separated",
        ),
        (
            keys::trashed(&ws, contact),
            "contact in the trash, for 30 days",
            "Get; Query of the workspace; GSI1 of the day",
        ),
        (
            keys::places(&org, colibri_domain::Millis(1_796_083_200_000)),
            "places of the quota that are free from the first of a month",
            "Get; GSI1 of the day; update with a merge",
        ),
        (
            keys::profile(&ws, contact),
            "profile: fields and addresses of others",
            "Get; first page of the timeline",
        ),
        (
            keys::timeline(&ws, contact, id, TimelineKind::Message),
            "message",
            "Get; descending Query of the contact",
        ),
        (
            keys::timeline(&ws, contact, id, TimelineKind::Comment),
            "internal comment",
            "descending Query of the contact",
        ),
        (
            keys::timeline(&ws, contact, id, TimelineKind::Activity),
            "log entry",
            "descending Query of the contact",
        ),
        (
            keys::conversation(&ws, contact, session.as_str()),
            "conversation's record",
            "written at opening and closing",
        ),
        (
            keys::identity(&ws, &channel, "593900000001"),
            "claim of an identity",
            "Get by channel and identity",
        ),
        (keys::phone(&ws, &phone), "claim of a phone", "Get by number"),
        (keys::email(&ws, &email), "claim of an e-mail address", "Get by address"),
        (keys::sequence(&ws), "last contact number", "Get; update with a contact"),
        (
            keys::setting(&ws, "CH", channel.as_str()),
            "settings: WS workspace, U member, TM team, TG tag, FL field, CC closing category, RO role, CH channel, VN version",
            "one Query of the partition",
        ),
        (keys::snippet(&ws, "saludo"), "snippet", "Get; Query of the workspace"),
        (keys::snippet_count(&ws), "how many snippets there are", "update with a snippet"),
        (keys::channel_secret(&ws, &channel), "sealed credentials of a channel", "Get"),
        (
            within(keys::templates(&ws, &channel), "saludo#es"),
            "template by name and language",
            "Get; Query of the channel",
        ),
        (keys::send_claim(&ws, "usr_1:k1"), "idempotency key of a send, 24 h", "Get; put with the message"),
        (
            keys::rate(&ws, &channel, 1_768_478_400),
            "places used of a number in a second",
            "conditional update",
        ),
        (within(keys::sockets(&ws), "connection"), "open socket, 2 h", "Query of the workspace"),
        (keys::ticket(&ws, "ticket"), "ticket for a socket, 30 s", "conditional delete"),
        (
            within(keys::notifications(&ws, &user), "001768478400000#ntf_1"),
            "notification, 90 days",
            "descending Query of the user",
        ),
        (keys::file(&ws, &FileId::from_unique("1")), "file", "Get"),
        (
            within(keys::tokens(&ws, "ana"), "ana#0000000007"),
            "word by which a contact is found",
            "Query by beginning of the word",
        ),
        (
            keys::waiting(&ws, "wamid.1"),
            "event that waits for room in the quota, 7 days",
            "Query of the workspace",
        ),
        (
            within(keys::visitor(&ws, &channel, "v1"), keys::SESSION),
            "visitor of a web chat: session, numbers of the feed, what was read and mailed",
            "Get; update with an entry",
        ),
        (
            within(keys::visitor(&ws, &channel, "v1"), &keys::feed_sk(7)),
            "entry of a visitor's feed",
            "Query of the visitor from a number",
        ),
        (
            within(keys::visitor(&ws, &channel, "v1"), "C#wm_1"),
            "claim of an entry, 30 days",
            "put with the entry",
        ),
        (
            within(keys::visitor(&ws, &channel, "v1"), "F#file_1"),
            "announced upload of a visitor, 1 day",
            "Get",
        ),
        (within(keys::visitor(&ws, &channel, "v1"), "K#connection"), "visitor's open socket, 2 h", "Query"),
        (
            keys::visitor_limit(&ws, &channel, "a:1f2e", "message#29474640"),
            "what an address or visitor did in a stretch of time",
            "conditional update",
        ),
        (keys::organization(&org), "organization", "Get"),
        (keys::quota(&org), "contact quota: used and limit", "Get; update with a contact"),
        (keys::user(&org, &user), "user", "Get"),
        (keys::subscription(&org), "subscription, with its effects that wait", "Get; GSI1 when due, GSI2"),
        (keys::billing_identity(&org), "who is billed", "Get"),
        (keys::access(&org), "what the organization may do", "Get"),
        (
            keys::deletion_order(&org, "ord_1"),
            "order to delete contacts, with its list",
            "Get; Query of the organization; GSI1 when due",
        ),
        (keys::charge(&org, "cycle-3"), "charge", "Get; Query of the organization"),
        (
            keys::document(&org, "01", "001-001-000000001"),
            "invoice (01) or credit note (04)",
            "Get; Query of the organization",
        ),
        (
            keys::ledger(&org, "pay-cycle-3"),
            "entry of the ledger",
            "Get; Query of the organization; GSI1 by month",
        ),
        (
            keys::billing_history(&org, Millis(1_768_478_400_000), 7),
            "what was done about the subscription",
            "descending Query of the organization",
        ),
        (keys::catalogue(), "what is sold", "Get"),
        (keys::issuer(), "who issues invoices", "Get"),
        (keys::document_series("01", "001-001"), "last number of a series", "Get; update with a document"),
        (
            keys::account(whatsapp, "424200000000101"),
            "directory: channel of an account",
            "Get by the provider's id",
        ),
        (
            keys::channel_entry(&channel),
            "directory: channel by its own id",
            "Get by the address of a delivery",
        ),
        (
            within(keys::parent_account(whatsapp, "424200000000201"), "ws_1#ch_1"),
            "directory: channels of a parent account",
            "Query by the provider's id",
        ),
        (keys::app("424200000000001"), "directory: a customer's app, sealed", "Get by the provider's id"),
        (
            within(keys::audit(&ws), "001768478400000#evt_1"),
            "audit log of a workspace",
            "descending Query from a time",
        ),
        (
            within(keys::invitations(&ws), "in_1"),
            "invitation, 30 days after it ran out",
            "Get; Query of the workspace",
        ),
        (
            within(keys::organization_audit(&org), "001768478400000#evt_1"),
            "audit log of an organization",
            "descending Query from a time",
        ),
        (within(keys::organization_people(&org), "usr_1"), "person of an organization", "Query"),
        (within(keys::organization_workspaces(&org), "ws_1"), "workspace of an organization", "Query"),
        (
            within(keys::organizations(), "org_1"),
            "directory: organizations of the installation",
            "Query by the operator",
        ),
        (keys::grant(&org, &ws), "what the operator may see, and until when", "Get; Query"),
        (
            keys::invitation_token("hash"),
            "directory: invitation by the hash of its token",
            "Get; conditional delete",
        ),
        (
            keys::sign_up("hash"),
            "directory: sign-up by the hash of its token, 1 h",
            "Get; conditional delete",
        ),
        (keys::user_email("ana@ceibo.example"), "directory: person by address", "Get; put with the person"),
        (keys::attempts("e:1f2e", "490741"), "attempts in a stretch of time", "conditional update"),
        (
            keys::export(&ws, "exp_1"),
            "export with its cursor, 90 days",
            "Get; descending Query of the workspace",
        ),
        (keys::export_running(&ws), "the export that was begun last", "Get; put with a new export"),
        (keys::operator(&user), "directory: a user who runs the installation", "Get"),
        (keys::subject("subject"), "directory: user of a subject of the pool", "Get"),
        (keys::connection("connection"), "directory: workspace of a socket", "Get"),
        (
            keys::visitor_ticket("ticket"),
            "directory: ticket for a visitor's socket, 30 s",
            "conditional delete",
        ),
        (
            within(keys::active_channels(), "ws_1#ch_1"),
            "directory: connected channels",
            "Query by the schedules",
        ),
    ]
}

#[test]
fn the_readme_lists_the_keys() {
    let mut table = String::from("| PK | SK | item | read by |\n|---|---|---|---|\n");
    for (key, what, access) in rows() {
        assert!(["W#", "O#", "I#"].iter().any(|scope| key.pk.starts_with(scope)), "{}", key.pk);
        writeln!(table, "| `{}` | `{}` | {what} | {access} |", key.pk, key.sk).unwrap();
    }
    let ws = WorkspaceId::from_unique("1");
    writeln!(table, "\n| index | hash | range | rows |\n|---|---|---|---|\n| GSI1 | `gs` = `{}` | `gsk` = newest message, contact | heads by status |", keys::by_status(&ws, true)).unwrap();
    writeln!(
        table,
        "| GSI1 | `gs` = `{}` | `gsk` = day, workspace, contact | contacts in the trash |",
        keys::purge_due()
    )
    .unwrap();
    writeln!(
        table,
        "| GSI1 | `gs` = `{}` | `gsk` = day, organization | places of quotas that will be free |",
        keys::places_due()
    )
    .unwrap();
    writeln!(table, "| GSI1 | `gs` = `{}` | `gsk` = message | messages of ours that have not left, and arrivals that may not have reached their head; empty when nothing waits |", keys::pending(3)).unwrap();
    let at = Millis(1_768_478_400_000);
    let (due, place) = (keys::due(3), keys::due_place(at, &OrganizationId::from_unique("1")));
    writeln!(
        table,
        "| GSI1 | `gs` = `{due}` | `gsk` = `{place}` | subscriptions by the time at which something is due |"
    )
    .unwrap();
    writeln!(
        table,
        "| GSI1 | `gs` = `{}` | `gsk` = time, organization | entries of all ledgers in a month |",
        keys::ledger_month("2026-11")
    )
    .unwrap();
    writeln!(table, "| GSI2 | `ga` = `{}` | `gak` = organization | all subscriptions |", keys::customers())
        .unwrap();
    let (mine, nobody) =
        (keys::by_assignee(&ws, Some(&UserId::from_unique("1")), true), keys::by_assignee(&ws, None, false));
    writeln!(table, "| GSI2 | `ga` = `{mine}`, `{nobody}` | `gak` = newest message, contact | heads by assignee and status |").unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).expect("the crate's README");
    let (before, rest) = readme.split_once("<!-- keys -->\n").expect("the beginning of the table");
    let (listed, after) = rest.split_once("<!-- /keys -->").expect("the end of the table");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, format!("{before}<!-- keys -->\n{table}<!-- /keys -->{after}"))
            .expect("the README is ours to write");
    } else {
        assert_eq!(listed, table, "run this test with UPDATE=1");
    }
}
