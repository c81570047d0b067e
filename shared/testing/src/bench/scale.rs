//! One workspace of 1,000 and of 100,000 contacts whose names are as skewed as real ones: what a page costs must not
//! depend on how many there are.

use std::time::{Duration, Instant};

use colibri_domain::contact::Head;
use colibri_domain::phone::E164;
use colibri_domain::{ContactId, Millis};
use colibri_store::keys;
use serde_json::{Value, json};

use super::bill::Bill;
use super::rows::{Row, rounded};
use super::world::{Whom, World};
use crate::{Call, TestTable};

const SIZES: [usize; 2] = [1_000, 100_000];
/// Own time that a page may take, in milliseconds.
const OWN: f64 = 100.0;
/// Every third contact is called by one of these.
const COMMON: [&str; 10] =
    ["María", "José", "Luis", "Ana", "Juan", "Carlos", "Rosa", "Jorge", "Carmen", "Manuel"];
const SURNAMES: [&str; 12] = [
    "García",
    "Rodríguez",
    "Sánchez",
    "Zambrano",
    "López",
    "Torres",
    "Vera",
    "Mendoza",
    "Cedeño",
    "Ramírez",
    "Flores",
    "Morales",
];
const SYLLABLES: [&str; 16] =
    ["ma", "re", "li", "so", "ta", "ni", "do", "ra", "ve", "ca", "lu", "mi", "ne", "ro", "sa", "el"];
/// One contact in so many is the agent's who sees his own only.
const OWN_SHARE: usize = 100;
/// Digits of a phone number by whose ends it is found here; all ends of all numbers would only make more items.
const TAILS: [usize; 2] = [4, 9];
/// What is looked for, and by whom.
const SEARCHES: [(&str, &str, Whom); 5] = [
    ("the commonest given name", "maria", Whom::Owner),
    ("a common name and surname", "jose garcia", Whom::Owner),
    ("a rare name", "mareliso", Whom::Owner),
    ("the end of a phone number", "0004", Whom::Owner),
    ("the commonest given name, by an agent who sees 1 %", "maria", Whom::Agent),
];

/// The rows of one size after the other.
pub async fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for contacts in SIZES {
        let world = World::on(TestTable::without_stream()).await;
        world.known(1).await;
        people(&world, contacts);
        for whom in [Whom::Owner, Whom::Agent] {
            world.warm_for(whom).await;
        }
        for (what, text, whom) in SEARCHES {
            let page =
                Page::of(&world, whom, &format!("contacts?limit=50&search={}", text.replace(' ', "+"))).await;
            rows.push(page.row(&format!("a search for {what}, of {contacts} contacts")));
        }
        let page = Page::of(&world, Whom::Agent, "contacts?limit=50").await;
        rows.push(page.row(&format!("an inbox list of an agent who sees 1 %, of {contacts} contacts")));
    }
    rows
}

/// A page as it was made.
struct Page {
    calls: Vec<Call>,
    shown: usize,
    own: Duration,
}

impl Page {
    async fn of(world: &World, whom: Whom, path: &str) -> Self {
        world.path.demo.table.spent();
        let started = Instant::now();
        let (calls, shown) = world.page_of(whom, path).await;
        let own = started.elapsed().saturating_sub(world.path.demo.table.spent());
        Self { calls, shown, own }
    }

    fn row(&self, what: &str) -> Row {
        let reads = Bill::calls(&self.calls).reads;
        let why = format!(
            "{} shown, {} calls, {} read units; waiting for the table is not in it, nothing is optimised",
            self.shown,
            self.calls.len(),
            rounded(reads)
        );
        Row::new("scale.own", what, "ms own time", self.own.as_secs_f64() * 1e3, Some(OWN), why)
    }
}

/// The nth given name: a third are common ones.
fn given(nth: usize) -> String {
    if nth.is_multiple_of(3) {
        return COMMON[nth / 3 % COMMON.len()].to_owned();
    }
    let syllable = |place: usize| SYLLABLES[place % SYLLABLES.len()];
    let name: String = [nth, nth / 16, nth / 7, nth / 256].map(syllable).concat();
    name[..1].to_uppercase() + &name[1..]
}

/// Copies of the first contact's head under other names and numbers, with their search words.
fn people(world: &World, contacts: usize) {
    let demo = &world.path.demo;
    let partition = keys::contact(&demo.workspace, ContactId(1));
    let stored = demo.table.stored_items();
    let first = stored.iter().find(|item| item["PK"]["S"] == *partition && item["SK"]["S"] == keys::HEAD);
    let first = first.expect("the first contact's head");
    let text = |item: &Value, name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
    let mut puts = Vec::new();
    for nth in 2..=contacts {
        let id = ContactId(nth as u64);
        let mut head = Head::new(id, Millis(0));
        head.first_name = given(nth);
        SURNAMES[nth / 5 % SURNAMES.len()].clone_into(&mut head.last_name);
        head.phone = E164::from_digits(&format!("59398{nth:07}")).ok();
        let mut item = first.clone();
        let mut packed: Value = serde_json::from_str(&text(first, "h")).expect("a head is JSON");
        packed["i"] = json!(id);
        packed["f"] = json!(head.first_name);
        packed["l"] = json!(head.last_name);
        packed["p"] = json!(head.phone);
        let mine = nth % OWN_SHARE == 0;
        if mine {
            packed["a"] = json!(demo.bruno);
            item["ga"]["S"] = json!(keys::by_assignee(&demo.workspace, Some(&demo.bruno), true));
        }
        item["PK"]["S"] = json!(keys::contact(&demo.workspace, id));
        item["h"]["S"] = json!(packed.to_string());
        for name in ["gsk", "gak"] {
            item[name]["S"] = json!(text(first, name).replace("#0000000001", &format!("#{nth:010}")));
        }
        puts.push(item);
        puts.extend(words(demo, &head));
    }
    demo.table.fill(&puts);
}

fn words(demo: &crate::Demo, head: &Head) -> Vec<Value> {
    let phone = head.phone.as_ref().map(|phone| phone.digits().to_owned()).unwrap_or_default();
    let tails = TAILS.map(|length| phone[phone.len().saturating_sub(length)..].to_owned());
    let known = colibri_store::search::tokens(head);
    let together = format!(" {} ", known.iter().map(String::as_str).collect::<Vec<_>>().join(" "));
    let kept = known.iter().filter(|word| word.chars().any(char::is_alphabetic) || tails.contains(word));
    let item = |word: &String| {
        json!({
            "PK": { "S": keys::tokens(&demo.workspace, word) },
            "SK": { "S": format!("{word}#{:010}", head.id.0) },
            "_t": { "S": "token" },
            "cid": { "N": head.id.to_string() },
            "w": { "S": together },
        })
    };
    kept.map(item).collect()
}

#[cfg(test)]
mod tests {
    use colibri_domain::text::fold;

    use super::*;

    #[test]
    fn ten_names_cover_a_third() {
        let common = COMMON.map(fold);
        let found = (2..=9_000).filter(|nth| common.contains(&fold(&given(*nth)))).count();
        assert!((2_990..3_050).contains(&found), "{found}");
    }
}
