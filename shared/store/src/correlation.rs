//! What a piece of work was started by: an id that is born with a webhook or an API request and goes along with
//! everything that follows from it, through queues, items, log lines and answers.
//!
//! It travels beside the work (in the task), not through every signature: nothing decides by it.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::Instrument as _;

/// Letters and digits of an id: enough of a request's id to tell it from every other of a month.
pub const LENGTH: usize = 12;

tokio::task_local! {
    static CURRENT: String;
    static JOURNAL: Arc<Mutex<BTreeSet<String>>>;
}

/// The id of what a request starts: the beginning of the platform's own id for it, so that both are found together.
#[must_use]
pub fn of_request(request: &str) -> String {
    request.chars().filter(char::is_ascii_alphanumeric).take(LENGTH).collect()
}

/// Whether a text from outside may serve as an id: it goes into logs.
#[must_use]
pub fn is_valid(id: &str) -> bool {
    (1..=LENGTH).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The id of the work that is being done, if it has one.
#[must_use]
pub fn current() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Does work under an id; without a valid one, under that of the work around it. Log lines of the work carry it.
pub async fn within<F: Future>(id: Option<&str>, work: F) -> F::Output {
    let Some(id) = id.filter(|id| is_valid(id)) else { return work.await };
    note(id);
    let span = tracing::error_span!("work", correlation = id);
    CURRENT.scope(id.to_owned(), work.instrument(span)).await
}

/// Notes in the journal that what is being done also concerns another id.
pub fn note(id: &str) {
    let _ = JOURNAL.try_with(|seen| {
        seen.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    });
}

/// Does work and tells the ids under which any of it was done.
pub async fn journal<F: Future>(work: F) -> (F::Output, Vec<String>) {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let output = JOURNAL.scope(seen.clone(), work).await;
    let ids = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    (output, ids.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_beginning_of_the_requests_own() {
        assert_eq!(of_request("JKJaXmPLvHcESHA="), "JKJaXmPLvHcE");
        assert_eq!(of_request("8f14e45f-ceea-467f-a9b2-aaaaaaaaaaaa"), "8f14e45fceea");
        assert!(is_valid(&of_request("JKJaXmPLvHcESHA=")));
        for bad in ["", "a b", "a\nb", "0123456789abc", "\u{e1}"] {
            assert!(!is_valid(bad), "{bad:?}");
        }
    }

    #[tokio::test]
    async fn work_inside_work_has_its_own_and_the_journal_knows_all() {
        let (inner, ids) = journal(within(Some("outer"), async {
            assert_eq!(current().as_deref(), Some("outer"));
            within(Some("not valid"), async { assert_eq!(current().as_deref(), Some("outer")) }).await;
            within(Some("inner"), async { current() }).await
        }))
        .await;
        assert_eq!(inner.as_deref(), Some("inner"));
        assert_eq!(ids, ["inner", "outer"]);
        assert_eq!(current(), None);
    }
}
