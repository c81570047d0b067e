//! Imports of contacts: what is written is counted, whatever is killed and repeated; and all of it can be taken back.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use colibri_app::http::JsonHandler;
use colibri_app::import::ContactImport;
use colibri_domain::contact::Head;
use colibri_domain::import::{Column, Counts, Identifier, Import, ImportState, Purpose, Target};
use colibri_domain::message::Actor;
use colibri_domain::phone::E164;
use colibri_domain::{ContactId, FileId};
use colibri_store::{ContactEdit, WriteContext};
use colibri_testing::path::Path;
use colibri_testing::{As, Fault};
use serde_json::json;

const TARGETS: [&str; 4] = ["first_name", "phone", "email", "tags"];

fn job(path: &Path) -> As<ContactImport> {
    As::new(
        "contact-import",
        ContactImport {
            store: path.demo.store.clone(),
            files: path.bucket.files(),
            invoke: Arc::new(path.invoke.clone()),
            clock: Arc::new(path.clock.clone()),
            ids: path.send.ids.clone(),
            slices: 1,
        },
    )
}

async fn begun(path: &Path, csv: String, purpose: Purpose, keep: bool) -> Import {
    let file = FileId::from_unique(&format!("csv{}", csv.len()));
    path.bucket
        .files()
        .write(&path.demo.workspace, &file, "text/csv", Bytes::from(csv.clone()))
        .await
        .unwrap();
    let rows = csv.lines().count() as u64 - 1;
    let columns = TARGETS.iter().enumerate().map(|(index, target)| Column {
        index,
        target: Target::try_from((*target).to_owned()).unwrap(),
        keep,
    });
    let import = Import {
        id: format!("imp_{rows}{purpose:?}").to_lowercase(),
        name: "clientes.csv".into(),
        file_id: file,
        purpose,
        identifier: (purpose != Purpose::AddAll).then_some(Identifier::Phone),
        columns: columns.collect(),
        tags: vec!["tag_import".into()],
        by: path.demo.alba.clone(),
        at: path.clock_now(),
        state: ImportState::Queued,
        rows,
        done: 0,
        counts: Counts::default(),
        undone: Counts::default(),
        result: None,
        ended_at: None,
    };
    assert!(path.demo.data().begin_import(&import, None).await.unwrap());
    import
}

/// Runs the job until it starts itself no more.
async fn carried_out(path: &Path, import: &Import) -> Import {
    carried_out_despite(path, import, &[]).await
}

/// The same where the table is away after so many calls of each of the first runs.
async fn carried_out_despite(path: &Path, import: &Import, away_after: &[u64]) -> Import {
    let payload = json!({ "detail": { "workspace_id": path.demo.workspace, "import_id": import.id } });
    path.invoke.take();
    let mut runs = 0;
    loop {
        if let Some(calls) = away_after.get(runs) {
            let fault = if runs % 2 == 0 { Fault::DropBefore } else { Fault::DropAfter };
            path.demo.table.faults().after(*calls, fault, 10);
        }
        runs += 1;
        assert!(runs < 200, "it ends");
        // A run that fails is called again; one that ended has started the next, or was the last.
        let done = job(path).handle(payload.clone()).await.is_ok();
        if done && path.invoke.take().is_empty() {
            return path.demo.data().import(&import.id).await.unwrap().unwrap();
        }
    }
}

fn sheet(rows: u64) -> String {
    let mut csv = String::from("Nombre,Teléfono,Correo,Etiquetas\n");
    for row in 0..rows {
        writeln!(csv, "Persona {row},+5939{row:08},,\"Feria, VIP\"").unwrap();
    }
    csv
}

async fn heads(path: &Path) -> Vec<Head> {
    let last = path.demo.data().newest_contact().await.unwrap();
    let ids: Vec<ContactId> = (1..=last.0).map(ContactId).collect();
    path.demo.data().rows_of(&ids, false).await.unwrap().into_iter().map(|row| row.head).collect()
}

#[tokio::test]
async fn a_job_that_is_killed_again_and_again_adds_each_row_once_and_counts_it_once() {
    let path = Path::new().await;
    path.demo.store.organization(&path.demo.organization).set_quota(10_000).await.unwrap();
    let import = begun(&path, sheet(250), Purpose::Add, false).await;
    let ended = carried_out_despite(&path, &import, &[40, 300, 90, 111, 7, 203, 60, 2, 0]).await;
    assert_eq!(ended.state, ImportState::Completed);
    assert_eq!(ended.counts, Counts { added: 250, updated: 0, skipped: 0, failed: 0 });
    let heads = heads(&path).await;
    assert_eq!(heads.len(), 250);
    let settings = path.demo.data().settings().await.unwrap().unwrap();
    let names: Vec<&str> = settings.tags.iter().map(|tag| tag.name.as_str()).collect();
    assert!(names.contains(&"Feria") && names.contains(&"VIP"));
    assert!(heads.iter().all(|head| head.tags.len() == 3), "two of the file and that of the import");
    let result = path.bucket.files().read(&path.demo.workspace, &ended.result.unwrap()).await.unwrap();
    let text = String::from_utf8(result.to_vec()).unwrap();
    assert_eq!(text.lines().count(), 251);
    assert!(text.lines().nth(1).unwrap().starts_with("2,added,,1,Persona 0,'+593900000000"), "{text:.120}");
    // The same file again: everybody is known.
    let again = begun(&path, sheet(249), Purpose::Add, false).await;
    let again = carried_out(&path, &again).await;
    assert_eq!(again.counts, Counts { skipped: 249, ..Counts::default() });
}

#[tokio::test]
async fn bad_rows_say_why_and_a_full_quota_stops_nobody_else() {
    let path = Path::new().await;
    path.demo.store.organization(&path.demo.organization).set_quota(2).await.unwrap();
    let csv = "Nombre,Teléfono,Correo,Etiquetas\n\
        Ana,0991234567,,\n\
        ,0991234568,,\n\
        Bea,12,,\n\
        Otra Ana,+593 99 123 4567,,\n\
        Carla,,carla@ejemplo.example,\n\
        Diego,0991234569,diego,\n\
        Elena,0991234570,,\n\
        Fabián,0991234571,,\n";
    let import = begun(&path, csv.to_owned(), Purpose::Add, false).await;
    let ended = carried_out(&path, &import).await;
    assert_eq!(ended.counts, Counts { added: 2, updated: 0, skipped: 0, failed: 6 });
    let result = path.bucket.files().read(&path.demo.workspace, &ended.result.unwrap()).await.unwrap();
    let text = String::from_utf8(result.to_vec()).unwrap();
    let told: Vec<(&str, &str)> = text
        .lines()
        .skip(1)
        .map(|line| (line.split(',').nth(1).unwrap(), line.split(',').nth(2).unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("added", ""),
            ("failed", "missing_first_name"),
            ("failed", "invalid_phone"),
            ("failed", "twice_in_file"),
            ("failed", "missing_identifier"),
            ("failed", "invalid_email"),
            ("added", ""),
            ("failed", "quota"),
        ]
    );
}

#[tokio::test]
async fn taking_back_leaves_what_was_there_before_and_what_was_touched_since() {
    let path = Path::new().await;
    let data = path.demo.data();
    let known = path.demo.contact("593991234567", "Anita").await;
    let csv = "Nombre,Teléfono,Correo,Etiquetas\n\
        Ana,0991234567,ana@ejemplo.example,VIP\n\
        Bea,0991234568,,\n\
        Carla,0991234569,,\n";
    let import = begun(&path, csv.to_owned(), Purpose::AddAndUpdate, false).await;
    let ended = carried_out(&path, &import).await;
    assert_eq!(ended.counts, Counts { added: 2, updated: 1, skipped: 0, failed: 0 });
    let changed = data.head(known.id).await.unwrap().unwrap();
    assert_eq!((changed.first_name.as_str(), changed.tags.len()), ("Ana", 2));
    // Somebody corrects one of the new ones, and the known one's name.
    let context = WriteContext { actor: Actor::user(path.demo.bruno.clone()), now: path.clock_now() };
    let phone = |digits| E164::from_digits(digits).unwrap();
    let bea = data.contact_by_phone(&phone("593991234568")).await.unwrap().unwrap();
    let carla = data.contact_by_phone(&phone("593991234569")).await.unwrap().unwrap();
    for (contact, name) in [(bea, "Beatriz"), (known.id, "Ana María")] {
        let edit = ContactEdit { first_name: Some(name.into()), ..ContactEdit::default() };
        data.edit_contact(contact, edit, &context).await.unwrap();
    }
    let undoing = Import { state: ImportState::Undoing, done: 0, ended_at: None, ..ended.clone() };
    assert!(data.begin_import(&undoing, None).await.unwrap());
    let undone = carried_out_despite(&path, &undoing, &[12, 5, 20]).await;
    assert_eq!(undone.state, ImportState::Undone);
    assert!(data.head(carla).await.unwrap().is_none(), "in the trash");
    assert_eq!(data.head(bea).await.unwrap().unwrap().first_name, "Beatriz");
    let left = data.head(known.id).await.unwrap().unwrap();
    assert_eq!((left.first_name.as_str(), left.email, left.tags.len()), ("Ana María", None, 0));
}

#[tokio::test]
async fn every_row_becomes_a_contact_where_that_is_asked_for() {
    let path = Path::new().await;
    let csv = "Nombre,Teléfono,Correo,Etiquetas\nAna,0991234567,,\nAna,0991234567,,\n";
    let import = begun(&path, csv.to_owned(), Purpose::AddAll, false).await;
    let ended = carried_out(&path, &import).await;
    assert_eq!(ended.counts.added, 2);
    let heads = heads(&path).await;
    assert_eq!(heads.iter().filter(|head| head.phone.is_some()).count(), 1, "a number is claimed once");
}

#[tokio::test]
async fn who_stops_it_is_told_what_was_done_until_then() {
    let path = Path::new().await;
    path.demo.store.organization(&path.demo.organization).set_quota(10_000).await.unwrap();
    let data = path.demo.data();
    let import = begun(&path, sheet(230), Purpose::Add, false).await;
    let payload = json!({ "detail": { "workspace_id": path.demo.workspace, "import_id": import.id } });
    job(&path).handle(payload.clone()).await.unwrap();
    let now = data.import(&import.id).await.unwrap().unwrap();
    assert_eq!((now.state, now.done), (ImportState::InProgress, 100));
    let other = Import { id: "imp_other".into(), ..import.clone() };
    assert!(!data.begin_import(&other, None).await.unwrap(), "one at a time");
    assert!(data.save_import(&now, &Import { state: ImportState::Cancelled, ..now.clone() }).await.unwrap());
    let ended = carried_out(&path, &import).await;
    assert_eq!((ended.state, ended.counts.added), (ImportState::Cancelled, 100));
    assert!(ended.result.is_some());
    assert!(data.begin_import(&other, None).await.unwrap());
}
