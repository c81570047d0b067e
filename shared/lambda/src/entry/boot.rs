//! Start-up and the loop: settings, clients, then one event after the other.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use colibri_app::ports::Clock as _;
use colibri_store::correlation;
use futures::future::BoxFuture;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::value::RawValue;

use crate::emf::Emf;
use crate::needs::Need;
use crate::ports::system::{SystemClock, until};
use crate::settings::Settings;
use crate::trace;
use crate::world::World;

/// What an invocation knows beside its event.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// For logs.
    pub request_id: String,
    /// When Lambda ends it.
    pub deadline: SystemTime,
}

impl Invocation {
    /// Time left, less what ending properly takes.
    pub fn left(&self) -> Duration {
        const ENDING: Duration = Duration::from_millis(500);
        until(self.deadline).saturating_sub(ENDING)
    }
}

/// A boxed entry: JSON in, JSON out; an error makes Lambda repeat the event where its trigger repeats.
pub type Entry =
    Box<dyn Fn(Box<RawValue>, Invocation) -> BoxFuture<'static, Result<Box<RawValue>, Error>> + Send + Sync>;

/// Runs a function until Lambda ends it. Anything wrong at the start ends it at once, with every reason in the log.
pub fn run(needs: &[Need], make: &dyn Fn(&World) -> Entry) {
    trace::init();
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::from)
        .and_then(|runtime| runtime.block_on(start(needs, make)));
    if let Err(error) = outcome {
        tracing::error!(%error, "stopped");
        std::process::exit(1);
    }
}

async fn start(needs: &[Need], make: &dyn Fn(&World) -> Entry) -> Result<(), Error> {
    let world = World::new(Settings::from_env(needs)?, needs);
    let entry = make(&world);
    serve(Arc::new(entry), world).await
}

async fn serve(entry: Arc<Entry>, world: World) -> Result<(), Error> {
    let world = Arc::new(world);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let (entry, world) = (entry.clone(), world.clone());
        async move {
            let (payload, context) = event.into_parts();
            let invocation = Invocation { deadline: context.deadline(), request_id: context.request_id };
            let (answer, line) = invoke(&entry, world.emf(), payload, invocation).await;
            if let Some(line) = line {
                println!("{line}");
            }
            answer
        }
    }))
    .await
}

/// One invocation: its answer, and its one line for the log if there is anything to say.
pub async fn invoke(
    entry: &Entry,
    emf: &Emf,
    payload: Box<RawValue>,
    invocation: Invocation,
) -> (Result<Box<RawValue>, Error>, Option<String>) {
    let (answer, concerned) = correlation::journal(entry(payload, invocation)).await;
    (answer, emf.line(SystemClock.now().0, &concerned))
}

/// Serialises an answer.
pub fn answer<T: serde::Serialize>(value: &T) -> Result<Box<RawValue>, Error> {
    Ok(serde_json::value::to_raw_value(value)?)
}
