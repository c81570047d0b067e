//! The demo's script: Rosa writes after sign-in and answers whatever the agent says, six turns long.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::broadcast;

use crate::phone::act::{Act, MediaKind};
use crate::provider::Provider;
use crate::sim::Sim;
use crate::sync::lock;

/// Who plays in the script.
const ROSA: &str = "593900000001";
/// From sign-in to Rosa's first words.
const FIRST: Duration = Duration::from_secs(8);
/// From an answer of the agent to Rosa's typing: by then the ticks are at `read`.
const READING: Duration = Duration::from_millis(3_500);
/// How long Rosa types.
const TYPING: Duration = Duration::from_millis(2_500);
/// Turns of the script.
pub const TURNS: usize = 6;

#[derive(Debug, Default)]
struct Progress {
    quiet: bool,
    running: bool,
    /// Turns that have been played.
    turn: usize,
    /// Grows with each rewind: a play of before must not go on.
    take: u64,
}

struct Stage {
    sim: Sim,
    providers: Vec<Arc<dyn Provider>>,
    progress: Mutex<Progress>,
}

/// Handle on the script; cheap to clone.
#[derive(Clone)]
pub struct Script(Arc<Stage>);

impl Script {
    /// A script that waits for a sign-in.
    pub fn new(sim: Sim, providers: Vec<Arc<dyn Provider>>) -> Self {
        Self(Arc::new(Stage { sim, providers, progress: Mutex::default() }))
    }

    /// Where the script stands.
    pub fn state(&self) -> Value {
        let progress = lock(&self.0.progress);
        json!({"quiet": progress.quiet, "running": progress.running, "turn": progress.turn, "turns": TURNS})
    }

    /// Switches quiet mode; quiet stops the script where it stands.
    pub fn set_quiet(&self, quiet: bool) {
        {
            let mut progress = lock(&self.0.progress);
            progress.quiet = quiet;
            if quiet {
                progress.running = false;
                progress.take += 1;
            }
        }
        self.tell();
    }

    /// Back to the first turn.
    pub fn rewind(&self) {
        {
            let mut progress = lock(&self.0.progress);
            progress.running = false;
            progress.turn = 0;
            progress.take += 1;
        }
        self.tell();
    }

    /// Begins, unless it is playing already or quiet mode is on.
    pub fn signed_in(&self) {
        let take = {
            let mut progress = lock(&self.0.progress);
            if progress.quiet || progress.running {
                return;
            }
            progress.running = true;
            progress.turn = 0;
            progress.take += 1;
            progress.take
        };
        self.tell();
        let this = self.clone();
        // Listening begins now, so that no answer is missed.
        let answers = self.0.sim.subscribe();
        self.0.sim.spawn_aside(async move { this.play(take, answers).await });
    }

    async fn play(&self, take: u64, mut events: broadcast::Receiver<Value>) {
        tokio::time::sleep(FIRST).await;
        let Some((provider, line)) = self.line() else { return };
        let mut last_answer = None;
        for turn in 0..TURNS {
            if turn > 0 {
                let Some(answer) = answer(&mut events).await else { return };
                last_answer = Some(answer);
                tokio::time::sleep(READING).await;
                if !self.goes_on(take) {
                    return;
                }
                let thread = json!({"provider": provider.name(), "line": line, "person": ROSA});
                let ms = u64::try_from(TYPING.as_millis()).unwrap_or_default();
                self.0.sim.publish(json!({"type": "typing", "thread": thread, "who": "person", "ms": ms}));
                tokio::time::sleep(TYPING).await;
            }
            if !self.goes_on(take) {
                return;
            }
            if let Err(refusal) = provider.act(&line, ROSA, words(turn, last_answer.as_deref())) {
                eprintln!("simulator: the script stops: {}", refusal.error);
                return;
            }
            // Answers that came while Rosa was typing belong to the turn before.
            while events.try_recv().is_ok() {}
            lock(&self.0.progress).turn = turn + 1;
            self.tell();
        }
        lock(&self.0.progress).running = false;
        self.tell();
    }

    fn goes_on(&self, take: u64) -> bool {
        let progress = lock(&self.0.progress);
        progress.take == take && !progress.quiet
    }

    fn line(&self) -> Option<(Arc<dyn Provider>, String)> {
        let provider = self.0.providers.first()?;
        Some((Arc::clone(provider), provider.lines().first()?.id.clone()))
    }

    fn tell(&self) {
        self.0.sim.publish(json!({"type": "script", "script": self.state()}));
    }
}

/// The next message of the business to Rosa; gives its id.
async fn answer(events: &mut broadcast::Receiver<Value>) -> Option<String> {
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            Err(broadcast::error::RecvError::Lagged(_)) => continue,
            Err(broadcast::error::RecvError::Closed) => return None,
        };
        let theirs = event["type"] == "bubble"
            && event["bubble"]["mine"] == false
            && event["bubble"]["tick"] == "sent";
        if theirs && event["thread"]["person"] == ROSA {
            return event["bubble"]["id"].as_str().map(str::to_owned);
        }
    }
}

fn words(turn: usize, last_answer: Option<&str>) -> Act {
    let text = |text: &str| Act::Text { text: text.to_owned(), quote: None };
    match turn {
        0 => text("¿Y cuánto sería el envío a Riobamba?"),
        1 => text("¡De una! ¿Me ayuda con la cuenta?"),
        2 => Act::Media {
            media: MediaKind::Image,
            sample: Some("receipt".to_owned()),
            base64: None,
            mime_type: None,
            file_name: None,
            caption: Some("Listo, ya transferí. Le paso el comprobante.".to_owned()),
            quote: None,
        },
        3 => text("¿Para qué día me llegaría?"),
        4 => text("Perfecto, quedo pendiente. ¡Muchas gracias!"),
        _ => Act::React { to: last_answer.unwrap_or_default().to_owned(), emoji: "❤️".to_owned() },
    }
}
