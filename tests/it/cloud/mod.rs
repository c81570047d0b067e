//! The running installation, end to end: `cargo dev test cloud` starts it and runs these.

mod alarms;
mod http;
mod load;
mod place;

use serde_json::{Value, json};

use place::{Place, dev, redrive, until};

const WHY: &str = "the running installation answers";

/// The newest message of a contact's timeline that fits.
fn message(place: &Place, contact: &Value, fits: impl Fn(&Value) -> bool) -> Option<Value> {
    let timeline = place.get(&format!("messages/{contact}"));
    timeline["items"].as_array()?.iter().find(|item| item["item"] == "message" && fits(item)).cloned()
}

fn head(place: &Place, contact: &Value) -> Value {
    place.get(&format!("contacts/{contact}"))["head"].clone()
}

#[test]
#[ignore = "needs the running installation"]
fn a_message_comes_in_and_an_answer_goes_out() {
    let place = Place::signed_in();
    let customer = place.customer();
    place.write(&customer, "Buenas tardes, ¿tienen el sofá en gris?");

    let found = until(WHY, || place.find(&customer));
    let contact = &found["id"];
    assert_eq!(found["status"], "open");
    assert_eq!(found["unread"], 1);
    assert_eq!(found["unreplied"], true);
    assert_eq!(found["assignee"], Value::Null);

    let channel = found["channels"][0]["id"].as_str().unwrap();
    let answer =
        json!({"contact_channel_id": channel, "content": {"kind": "text", "text": "Sí, en dos tonos."}});
    let sent = place.post_with(&format!("messages/{contact}"), &answer, &[("Idempotency-Key", &place.key())]);
    assert_eq!(sent.status, 202, "{}", sent.text);
    let id = sent.json()["message"]["id"].clone();
    let read = until("the customer's phone reads it", || {
        message(&place, contact, |item| item["id"] == id && item["state"] == "read")
    });
    assert_eq!(read["traffic"], "outgoing");

    let mine = head(&place, contact);
    assert_ne!(mine["assignee"], Value::Null, "the first to reply becomes the assignee");
    assert_eq!(mine["unreplied"], false);

    let closed = place.post(&format!("conversations/{contact}/close"), &json!({}));
    assert_eq!(closed["head"]["status"], "closed", "{closed}");
    place.write(&customer, "¿Y el envío?");
    let again = until("writing again opens a conversation", || {
        Some(head(&place, contact)).filter(|head| head["status"] == "open")
    });
    assert_eq!(again["assignee"], mine["assignee"], "the assignee survives closing");
}

#[test]
#[ignore = "needs the running installation"]
fn the_same_answer_twice_is_sent_once() {
    let place = Place::signed_in();
    let customer = place.customer();
    place.write(&customer, "Hola");
    let found = until(WHY, || place.find(&customer));
    let contact = &found["id"];
    let body = json!({"contact_channel_id": found["channels"][0]["id"], "content": {"kind": "text", "text": "Una sola vez."}});
    let key = place.key();
    let first = place.post_with(&format!("messages/{contact}"), &body, &[("Idempotency-Key", &key)]);
    let second = place.post_with(&format!("messages/{contact}"), &body, &[("Idempotency-Key", &key)]);
    assert_eq!(
        first.json()["message"]["id"],
        second.json()["message"]["id"],
        "{} {}",
        first.text,
        second.text
    );
    until("it is read", || message(&place, contact, |item| item["state"] == "read"));
    let timeline = place.get(&format!("messages/{contact}"));
    let copies = timeline["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["content"]["text"] == "Una sola vez.");
    assert_eq!(copies.count(), 1);
}

#[test]
#[ignore = "needs the running installation"]
fn a_delivery_in_parallel_and_twice_in_one_post_is_one_message() {
    let place = Place::signed_in();
    let customer = place.customer();
    let body = json!({"customer": customer, "message": {"type": "text", "text": {"body": "uno"}}, "repeat": 2, "copies": 3});
    place.play("inbound", &body);
    let found = until(WHY, || place.find(&customer));
    // What comes last in the same group of the queue has overtaken nothing.
    place.write(&customer, "dos");
    until("both are there", || message(&place, &found["id"], |item| item["content"]["text"] == "dos"));
    let timeline = place.get(&format!("messages/{}", found["id"]));
    let ones = timeline["items"].as_array().unwrap().iter().filter(|item| item["content"]["text"] == "uno");
    assert_eq!(ones.count(), 1);
    assert_eq!(head(&place, &found["id"])["unread"], 2);
}

#[test]
#[ignore = "needs the running installation"]
fn a_bad_signature_is_refused_and_stores_nothing() {
    let place = Place::signed_in();
    for flaw in ["bad", "missing", "truncated", "upper_case", "other_secret"] {
        let customer = place.customer();
        let body = json!({"customer": customer, "message": {"type": "text", "text": {"body": "no"}}, "signature": flaw});
        let outcome = place.play("inbound", &body);
        assert!(outcome.to_string().contains("401"), "{flaw}: {outcome}");
        assert_eq!(place.find(&customer), None, "{flaw}");
    }
}

#[test]
#[ignore = "needs the running installation"]
fn nobody_is_let_in_without_a_token() {
    let place = Place::signed_in();
    let answer = place.anonymous("GET", &format!("/console/{}/contacts", place.workspace()), "");
    assert_eq!(answer.status, 401, "{}", answer.text);
    let foreign = place.raw("GET", "/console/wk_000000000000/contacts", "");
    assert!(matches!(foreign.status, 403 | 404), "{} {}", foreign.status, foreign.text);
}

#[test]
#[ignore = "needs the running installation"]
fn a_message_tells_its_story() {
    let place = Place::signed_in();
    let customer = place.customer();
    place.write(&customer, "¿Me escuchan?");
    let found = until(WHY, || place.find(&customer));
    let stored =
        until("it is stored", || message(&place, &found["id"], |item| item["traffic"] == "incoming"));
    let named = format!("{}/{}/{}", place.workspace(), found["id"], stored["id"]);
    let story = until("its lines are there", || {
        let story = dev(&["trace", &named]);
        story.contains("message.stored=1").then_some(story)
    });
    for part in
        ["written by contact", "webhook-whatsapp", "message-receive", "taken in by the contact's head"]
    {
        assert!(story.contains(part), "{part} is not in\n{story}");
    }
    assert!(!story.contains(&customer) && !story.contains("escuchan"), "{story}");
}

#[test]
#[ignore = "needs the running installation"]
fn poison_is_kept_alarmed_and_brought_back() {
    let place = Place::signed_in();
    place.receive_at_once("StatusQueueUrl", true);
    place.queue("StatusQueueUrl", "this is no status");
    until("it is dead", || (place.depth("DeadStandardUrl") > 0).then_some(()));
    until("the alarm rings", || (place.alarm("dead-standard") == "ALARM").then_some(()));
    place.receive_at_once("StatusQueueUrl", false);
    assert!(redrive("dead-standard").contains("moved to"));
    until("the alarm is quiet", || (place.alarm("dead-standard") == "OK").then_some(()));
}
