//! Fills the demo workspace of a local installation: people, settings, ten conversations that show one thing each, and
//! a month of ordinary ones behind them. Everything is made by the store's own rules in a table in process, then
//! copied, so that what is seeded is what the product would have written. Events are left out: it all happened before.

mod billing;
mod crowd;
mod installation;
mod shop;
mod talks;
mod workspace;
mod writer;

use std::error::Error;

use colibri_domain::Millis;
use colibri_testing::TestTable;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // The HTTP client wants one even where nothing is encrypted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let target = installation::Installation::from_env()?;
    let refresh = std::env::args().any(|word| word == "--refresh");
    if !refresh && target.is_filled().await? {
        println!("filled already; `cargo dev seed --refresh` moves its times to now");
        return Ok(());
    }
    let now = Millis(installation::now_millis()?);
    let table = TestTable::without_stream();
    let store = table.store();
    workspace::fill(&store, &target, now).await?;
    let paid = billing::fill(&store, now).await?;
    let writer = writer::Writer::new(store.workspace(&workspace::ceibo()), now);
    talks::ten(&writer).await?;
    let crowd = crowd::fill(&writer).await?;
    for contact in 1..=store.workspace(&workspace::ceibo()).contacts_created().await? {
        writer.index(contact).await?;
    }
    let items = target.copy(&table, refresh).await?;
    target.upload().await?;
    if target.sells_as_seeded(&store).await? {
        target.upload_documents(&paid.bucket).await?;
        target.tell_books(&paid.books).await;
    }
    target.tell_simulator(&writer).await;
    let connected = target.connect().await;
    println!(
        "{} contacts, {items} items{}",
        crowd + talks::COUNT,
        if connected { "" } else { "; the channel is not connected yet" }
    );
    Ok(())
}
