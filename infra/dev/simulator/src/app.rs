//! The simulator put together: shared parts, providers, demo script, routes.

use std::sync::Arc;

use axum::Router;
use serde_json::{Value, json};

use crate::demo::Script;
use crate::phone::thread::ThreadKey;
use crate::provider::{Provider, Refusal};
use crate::sim::{Options, Sim};
use crate::sync::lock;
use crate::{control, meta, phone, server, shop, stripe, telegram, twilio, whatsapp};

struct Parts {
    sim: Sim,
    providers: Vec<Arc<dyn Provider>>,
    script: Script,
    writing: std::sync::Mutex<()>,
}

/// Handle on the whole simulator; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

impl App {
    /// A simulator with every provider it can play; reads the state file if there is one.
    pub fn new(options: Options) -> Self {
        let sim = Sim::new(options);
        let providers: Vec<Arc<dyn Provider>> = vec![
            Arc::new(whatsapp::WhatsApp::new(sim.clone())),
            Arc::new(telegram::Telegram::new(sim.clone())),
            Arc::new(meta::Meta::new(sim.clone(), &meta::MESSENGER)),
            Arc::new(meta::Meta::new(sim.clone(), &meta::INSTAGRAM)),
            Arc::new(twilio::Twilio::new(sim.clone())),
            Arc::new(stripe::Stripe::new(sim.clone())),
        ];
        let script = Script::new(sim.clone(), providers.clone());
        let app = Self(Arc::new(Parts { sim, providers, script, writing: std::sync::Mutex::new(()) }));
        app.load();
        app
    }

    /// The shared parts.
    pub fn sim(&self) -> &Sim {
        &self.0.sim
    }

    /// The played providers.
    pub fn providers(&self) -> &[Arc<dyn Provider>] {
        &self.0.providers
    }

    /// The demo script.
    pub fn script(&self) -> &Script {
        &self.0.script
    }

    /// The provider with this name.
    pub fn provider(&self, name: &str) -> Result<&Arc<dyn Provider>, Refusal> {
        self.0
            .providers
            .iter()
            .find(|provider| provider.name() == name)
            .ok_or_else(|| Refusal::new(format!("no provider named {name}")))
    }

    /// All routes.
    pub fn router(&self) -> Router {
        let mut router = Router::new()
            .merge(phone::routes::routes(self.clone()))
            .merge(control::routes(self.clone()))
            .merge(shop::routes());
        for provider in self.providers() {
            router = router.merge(server::journaled(self.sim(), provider.name(), provider.api()));
            router = router.nest(&format!("/control/{}", provider.name()), provider.control());
        }
        server::local_origins(router)
    }

    /// Configuration of all providers.
    pub fn config(&self) -> Value {
        self.providers().iter().map(|provider| (provider.name().to_owned(), provider.config())).collect()
    }

    /// Replaces the configuration of the providers that are named.
    pub fn set_config(&self, config: &Value) -> Result<(), Refusal> {
        let Some(parts) = config.as_object() else {
            return Err(Refusal::new("configuration is an object with one member per provider"));
        };
        for (name, part) in parts {
            self.provider(name)?.set_config(part.clone())?;
        }
        Ok(())
    }

    /// Merges a patch (RFC 7386) into the configuration.
    pub fn merge_config(&self, patch: &Value) -> Result<(), Refusal> {
        let mut config = self.config();
        merge(&mut config, patch);
        self.set_config(&config)?;
        self.save();
        Ok(())
    }

    /// Stops what is under way and forgets all but the configuration.
    pub fn reset(&self, seed: Option<u64>) {
        self.sim().reset(seed);
        for provider in self.providers() {
            provider.reset();
        }
        self.script().rewind();
        self.save();
    }

    /// Writes the state file, if there is one. A failure is told on stderr: playing goes on.
    pub fn save(&self) {
        let Some(path) = self.sim().state_file() else { return };
        let _one_at_a_time = lock(&self.0.writing);
        let snapshots: Value = self
            .providers()
            .iter()
            .map(|provider| (provider.name().to_owned(), provider.snapshot()))
            .collect();
        let state = json!({
            "config": self.config(), "snapshots": snapshots,
            "threads": self.sim().threads().all(), "script": self.script().state(),
        });
        let draft = path.with_extension("new");
        let written = std::fs::write(&draft, state.to_string()).and_then(|()| std::fs::rename(&draft, path));
        if let Err(error) = written {
            eprintln!("simulator: cannot write {}: {error}", path.display());
        }
    }

    fn load(&self) {
        let Some(text) = self.sim().state_file().and_then(|path| std::fs::read(path).ok()) else { return };
        if let Err(reason) = self.take_back(&text) {
            eprintln!("simulator: state file ignored: {reason}");
        }
    }

    fn take_back(&self, text: &[u8]) -> Result<(), String> {
        let state: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        self.set_config(&state["config"]).map_err(|refusal| refusal.error)?;
        for provider in self.providers() {
            provider.restore(state["snapshots"][provider.name()].clone()).map_err(|refusal| refusal.error)?;
        }
        let threads: Vec<(ThreadKey, Vec<phone::thread::Bubble>)> =
            serde_json::from_value(state["threads"].clone()).map_err(|error| error.to_string())?;
        self.sim().threads().restore(threads);
        self.script().set_quiet(state["script"]["quiet"].as_bool().unwrap_or(false));
        Ok(())
    }
}

/// JSON merge patch: objects merge, null removes, the rest replaces.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    if let Value::Object(target) = target {
        for (name, part) in patch {
            if part.is_null() {
                target.remove(name);
            } else {
                merge(target.entry(name.clone()).or_insert(Value::Null), part);
            }
        }
    }
}
