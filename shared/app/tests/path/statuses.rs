//! Reports of the provider, in every order.

use colibri_app::status::reference;
use colibri_domain::ContactId;
use colibri_domain::channel::{ChannelState, Quality};
use colibri_domain::message::{Message, MessageState};
use colibri_testing::path::{Path, report, text};
use colibri_testing::ports::response;
use serde_json::json;

const ANA: &str = "593991234567";

/// A path on which an answer to Ana has left.
async fn sent() -> (Path, Message) {
    let path = Path::new().await;
    path.deliver(&text(ANA, "Ana", "wamid.in", path.second(1), "hola")).await;
    path.at(10);
    path.http.rule(|_| Ok(response(200, json!({ "messages": [{ "id": "wamid.out" }] }).to_string())));
    let head = path.head(1).await;
    let message = path.accept(path.demo.outgoing(&head, "k1", 10, "buenas")).await;
    path.nudge().await;
    (path, message)
}

async fn state(path: &Path) -> Option<MessageState> {
    path.messages(1).await.last().and_then(Message::state)
}

#[tokio::test]
async fn statuses_only_move_forward_whatever_their_order() {
    let (path, message) = sent().await;
    let reference = reference(&path.demo.workspace, ContactId(1), message.id);
    path.deliver(&report("wamid.out", "read", path.second(30), ANA, Some(&reference), None)).await;
    assert_eq!(state(&path).await, Some(MessageState::Read));
    path.deliver(&report("wamid.out", "delivered", path.second(20), ANA, Some(&reference), None)).await;
    path.deliver(&report("wamid.out", "sent", path.second(11), ANA, Some(&reference), None)).await;
    path.deliver(&report("wamid.out", "failed", path.second(40), ANA, Some(&reference), Some(131_026))).await;
    assert_eq!(state(&path).await, Some(MessageState::Read));
    assert_eq!(path.messages(1).await[1].statuses.len(), 4);
    assert_eq!(path.head(1).await.failed, 0, "a failure after it was seen to arrive is only noted");
}

#[tokio::test]
async fn a_report_may_come_before_our_own_note_of_the_send() {
    let path = Path::new().await;
    path.deliver(&text(ANA, "Ana", "wamid.in", path.second(1), "hola")).await;
    let head = path.head(1).await;
    let message = path.accept(path.demo.outgoing(&head, "k1", 10, "buenas")).await;
    let reference = reference(&path.demo.workspace, ContactId(1), message.id);
    path.deliver(&report("wamid.out", "delivered", path.second(11), ANA, Some(&reference), None)).await;
    assert_eq!(state(&path).await, Some(MessageState::Delivered));
}

#[tokio::test]
async fn without_our_reference_the_recipient_finds_it() {
    let (path, _) = sent().await;
    path.deliver(&report("wamid.out", "delivered", path.second(20), ANA, None, None)).await;
    assert_eq!(state(&path).await, Some(MessageState::Delivered));
}

#[tokio::test]
async fn orphans_wait_five_minutes_and_are_counted() {
    let (path, _) = sent().await;
    path.deliver(&report("wamid.unknown", "delivered", path.second(20), ANA, None, None)).await;
    assert_eq!(path.metrics.value("status.orphaned"), 1);
    assert_eq!(state(&path).await, Some(MessageState::Sent));
}

#[tokio::test]
async fn references_of_other_workspaces_and_other_numbers_touch_nothing() {
    let (path, message) = sent().await;
    let foreign = reference(&"ws_other".parse().unwrap(), ContactId(1), message.id);
    path.deliver(&report(
        "wamid.other",
        "failed",
        path.second(20),
        "593900000009",
        Some(&foreign),
        Some(131_026),
    ))
    .await;
    assert_eq!(state(&path).await, Some(MessageState::Sent));
}

#[tokio::test]
async fn a_failure_after_it_looked_sent_is_counted_once_and_names_its_author() {
    let (path, message) = sent().await;
    path.demo.table.changes();
    let reference = reference(&path.demo.workspace, ContactId(1), message.id);
    let failed = report("wamid.out", "failed", path.second(20), ANA, Some(&reference), Some(131_026));
    path.deliver(&failed).await;
    path.deliver(&failed).await;
    assert_eq!(state(&path).await, Some(MessageState::Failed));
    let head = path.head(1).await;
    assert_eq!((head.failed, head.last_message.and_then(|m| m.state)), (1, Some(MessageState::Failed)));
    let carried: Vec<String> = path
        .demo
        .table
        .changes()
        .iter()
        .filter_map(|c| c.new.as_ref()?.get("ev")?.as_str().map(str::to_owned))
        .collect();
    let told = carried
        .iter()
        .filter(|ev| ev.contains("message.status") && ev.contains(path.demo.alba.as_str()))
        .count();
    assert_eq!(told, 1);
}

#[tokio::test]
async fn who_stopped_marketing_is_noted() {
    let (path, message) = sent().await;
    let reference = reference(&path.demo.workspace, ContactId(1), message.id);
    path.deliver(&report("wamid.out", "failed", path.second(20), ANA, Some(&reference), Some(131_050))).await;
    let profile = path.demo.data().profile(ContactId(1)).await.unwrap().unwrap();
    assert_eq!(profile.marketing_opt_outs, [message.contact_channel_id]);
}

fn account(field: &str, value: serde_json::Value) -> serde_json::Value {
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "424200000000201", "changes": [{ "field": field, "value": value }] }] })
}

#[tokio::test]
async fn news_about_the_account_reach_its_channels() {
    let path = Path::new().await;
    let quality =
        json!({ "display_phone_number": "593900000100", "event": "DOWNGRADE", "current_limit": "TIER_250" });
    path.deliver(&account("phone_number_quality_update", quality)).await;
    path.deliver(&account("message_template_quality_update", json!({ "message_template_name": "saludo", "message_template_language": "es", "new_quality_score": "RED" }))).await;
    assert_eq!(path.invoke.take().len(), 1, "changed templates are read again");
    path.deliver(&account(
        "account_update",
        json!({ "event": "DISABLED_UPDATE", "ban_info": { "waba_ban_state": "DISABLE" } }),
    ))
    .await;
    let channel = path.demo.data().channel(&path.demo.channel.id).await.unwrap().unwrap();
    assert_eq!(channel.state, ChannelState::Error);
    assert_ne!(channel.quality, Some(Quality::Green));
    assert!(channel.last_event_at.is_some());
}
