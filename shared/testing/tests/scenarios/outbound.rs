//! What is sent, and what is reported of it.

use colibri_domain::message::{Message, MessageState, SendStep};
use colibri_testing::sim::facts::Facts;
use colibri_testing::sim::faults::Trouble;

use crate::bench::{LUZ, answers, delivery, eva_writes, second, shown, text, tried};

fn sent(facts: &Facts) -> &Message {
    shown(facts, 1).into_iter().find(|m| m.send.is_some()).expect("an answer")
}

fn taken(facts: &Facts) -> u32 {
    facts.ledger.taken.get("buenas").copied().unwrap_or(0)
}

/// Eva writes, Alba answers while so many calls of the provider go wrong.
fn answered(trouble: Trouble, times: u64) -> Facts {
    tried(times, move |world| async move {
        eva_writes(&world, "wamid.1").await;
        world.scheduler.sleep(5_000).await;
        world.troubles.plan(trouble, 0, times);
        assert_eq!(answers(&world, 1, "buenas").await, 202);
    })
}

#[test]
fn x12_reports_in_any_order_before_our_send_is_noted_end_as_read() {
    for seed in 0..6 {
        let facts = tried(seed, |world| async move {
            eva_writes(&world, "wamid.1").await;
            world.scheduler.sleep(5_000).await;
            for trouble in [Trouble::StatusEarly, Trouble::StatusShuffled] {
                world.troubles.plan(trouble, 0, 1);
            }
            world.troubles.plan(Trouble::StatusTwice, 0, 3);
            assert_eq!(answers(&world, 1, "buenas").await, 202);
        });
        let message = sent(&facts);
        let last = message.statuses.keys().next_back().map(|value| value.as_str());
        let state = match last {
            Some("read") => MessageState::Read,
            Some("delivered") => MessageState::Delivered,
            _ => MessageState::Sent,
        };
        assert_eq!((message.state(), taken(&facts)), (Some(state), 1));
    }
}

#[test]
fn x18_a_limit_of_the_number_costs_no_attempt() {
    let facts = answered(Trouble::TooManyRequests, 9);
    assert_eq!((&sent(&facts).send, taken(&facts)), (&Some(SendStep::Accepted), 1));
}

#[test]
fn x18_a_limit_for_one_person_delays_only_him() {
    let facts = tried(1, |world| async move {
        eva_writes(&world, "wamid.1").await;
        let body = delivery(&world, LUZ, &[text(LUZ, "wamid.2", second(&world))]);
        assert_eq!(world.post(&body).await, 200);
        world.scheduler.sleep(5_000).await;
        world.troubles.plan(Trouble::PairLimit, 0, 1);
        assert_eq!(answers(&world, 1, "buenas").await, 202);
        world.scheduler.sleep(2_000).await;
        assert_eq!(answers(&world, 2, "hola, Luz").await, 202);
        world.scheduler.sleep(2_000).await;
        let taken = world.ledger.lock().unwrap().taken.clone();
        assert_eq!((taken.get("buenas"), taken.get("hola, Luz")), (None, Some(&1)));
    });
    assert_eq!(taken(&facts), 1);
}

#[test]
fn x19_an_unknown_outcome_is_marked_and_not_repeated() {
    for trouble in [Trouble::AnswerLost, Trouble::Nonsense, Trouble::BadGateway] {
        let facts = answered(trouble, 1);
        assert!(taken(&facts) <= 1);
        assert!(
            matches!(sent(&facts).send, Some(SendStep::Ambiguous | SendStep::Accepted)),
            "{trouble:?}: {:?}",
            sent(&facts).send
        );
    }
}

#[test]
fn x19_what_was_certainly_not_sent_is_tried_again() {
    for trouble in [Trouble::Reset, Trouble::ServerError] {
        let facts = answered(trouble, 2);
        assert_eq!((&sent(&facts).send, taken(&facts)), (&Some(SendStep::Accepted), 1), "{trouble:?}");
    }
}

#[test]
fn x19_what_fails_again_and_again_ends_as_failed() {
    let facts = answered(Trouble::ServerError, 40);
    assert_eq!((&sent(&facts).send, taken(&facts)), (&Some(SendStep::Failed), 0));
}
