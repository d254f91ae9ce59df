//! Asking many sources at once, while what came before is worked in.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::{JoinError, JoinSet};
use wellspring_fetch::{Client, GetLimits, Validators};

use super::plan::Task;
use super::{ANSWERS_PER_TRANSACTION, Fetched};
use crate::node::NodeError;

/// How many requests wait or are under way at once, answers that wait to be worked in
/// included: many more than the client runs, which lets those pass that hosts answer soon and
/// holds back by host, address and domain. Were they as many, silent hosts could take all
/// places.
const REQUESTS_AT_ONCE: usize = 4_096;

/// An answer, and the place among the requests that it takes until it is worked in.
type Waiting = (OwnedSemaphorePermit, Fetched);

/// What sources answer, as it comes. They are no longer asked when it is dropped.
pub(super) struct Answers {
    received: mpsc::UnboundedReceiver<Waiting>,
    asking: JoinSet<Result<(), JoinError>>,
}

impl Answers {
    /// Begins to ask. Each request is a task of its own, and goes on while answers are worked
    /// in, however long that takes: were requests under way to wait for the disk or for one
    /// another's cryptography, their hosts would be given up as slow.
    pub(super) fn of(client: Client, questions: Vec<(Option<Validators>, Task)>) -> Self {
        let (sender, received) = mpsc::unbounded_channel();
        let places = Arc::new(Semaphore::new(REQUESTS_AT_ONCE));
        let mut asking = JoinSet::new();
        asking.spawn(async move {
            let mut requests = JoinSet::new();
            for (validators, task) in questions {
                // The semaphore is never closed, so a place always comes.
                let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
                while let Some(ended) = requests.try_join_next() {
                    ended?;
                }
                let (client, sender) = (client.clone(), sender.clone());
                requests.spawn(async move {
                    let fetched = ask(client, task, validators).await;
                    // Where nobody receives any more, nobody wants to know.
                    let _ = sender.send((place, fetched));
                });
            }
            while let Some(ended) = requests.join_next().await {
                ended?;
            }
            Ok(())
        });
        Self { received, asking }
    }

    /// Waits for answers and gives all that are there, up to a transaction's worth; nothing
    /// when every source has answered. What waits for this may be given up and begun again.
    ///
    /// # Errors
    /// Where the program is stopping.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Fetched>>, NodeError> {
        let mut answers = Vec::new();
        if self.received.recv_many(&mut answers, ANSWERS_PER_TRANSACTION).await > 0 {
            return Ok(Some(answers.into_iter().map(|(_, fetched)| fetched).collect()));
        }
        while let Some(ended) = self.asking.join_next().await {
            ended.and_then(|ended| ended).map_err(|_| NodeError::Stopping)?;
        }
        Ok(None)
    }
}

async fn ask(client: Client, task: Task, validators: Option<Validators>) -> Fetched {
    let limits = GetLimits::up_to(task.purpose.max_bytes());
    let answer = client.get(&task.url, &limits, validators.as_ref()).await;
    Fetched { task, answer }
}
