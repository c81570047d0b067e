//! Plays messaging providers and their customers' phones on one machine.
//!
//! Start it in a test with [`start`]; drive it through the control API or [`Running::app`].

pub mod app;
pub mod callback;
pub mod clock;
mod control;
mod demo;
pub mod fault;
pub mod journal;
pub mod meta;
pub mod phone;
pub mod provider;
pub mod random;
mod samples;
mod server;
mod shop;
pub mod sim;
pub mod stripe;
mod sync;
pub mod telegram;
pub mod twilio;
pub mod whatsapp;

use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;

pub use app::App;
pub use sim::Options;

/// A simulator that listens; it stops when this is dropped.
pub struct Running {
    app: App,
    port: u16,
    task: JoinHandle<()>,
    keeper: Option<JoinHandle<()>>,
}

impl Running {
    /// Port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Base URL without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The simulator itself.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Serves until the process ends.
    pub async fn forever(mut self) {
        // The task never ends by itself; a panic in it ends the process's wait, too.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
        if let Some(keeper) = &self.keeper {
            keeper.abort();
        }
    }
}

/// Starts a simulator on `127.0.0.1:port`; port 0 takes a free one.
pub async fn start(options: Options, port: u16) -> std::io::Result<Running> {
    let listener = server::bind(port).await?;
    let port = listener.local_addr()?.port();
    let app = App::new(options);
    app.sim().set_public_url(&format!("http://127.0.0.1:{port}"));
    let task = server::serve(listener, app.router());
    let keeper = app.sim().state_file().is_some().then(|| tokio::spawn(keep(app.clone())));
    Ok(Running { app, port, task, keeper })
}

/// Writes the state file soon after something has changed on a phone.
async fn keep(app: App) {
    let mut events = app.sim().subscribe();
    while !matches!(events.recv().await, Err(RecvError::Closed)) {
        tokio::time::sleep(Duration::from_secs(1)).await;
        events = events.resubscribe();
        app.save();
    }
}
