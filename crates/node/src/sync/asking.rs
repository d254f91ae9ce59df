//! Asking many sources at once, while what came before is worked in.

use std::sync::Arc;

use futures_util::StreamExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use wellspring_fetch::{Client, GetLimits, Validators};

use super::plan::Task;
use super::{ANSWERS_PER_TRANSACTION, Fetched};
use crate::node::NodeError;

/// How many requests wait or are under way at once, answers that wait to be worked in
/// included: many more than the client runs, which lets those pass that hosts answer soon and
/// holds back by host, address and domain. Were they as many, silent hosts could take all
/// places.
const REQUESTS_AT_ONCE: usize = 4_096;

/// A place among the requests, given back when the answer is taken.
type Place = Option<OwnedSemaphorePermit>;

/// What sources answer, as it comes. They are no longer asked when it is dropped.
pub(super) struct Answers {
    received: mpsc::UnboundedReceiver<(Place, Fetched)>,
    asking: JoinSet<()>,
}

impl Answers {
    /// Begins to ask. A task of its own does that, and goes on while answers are worked in,
    /// however long that takes: were requests under way to wait for the disk, their hosts
    /// would be given up as slow.
    pub(super) fn of(client: Client, questions: Vec<(Option<Validators>, Task)>) -> Self {
        let (sender, received) = mpsc::unbounded_channel();
        let places = Arc::new(Semaphore::new(REQUESTS_AT_ONCE));
        let mut asking = JoinSet::new();
        asking.spawn(async move {
            let mut answers = futures_util::stream::iter(questions)
                .map(|(validators, task)| {
                    let (client, places) = (client.clone(), Arc::clone(&places));
                    async move {
                        // The semaphore is never closed, so a place always comes.
                        let place = places.acquire_owned().await.ok();
                        (place, ask(client, task, validators).await)
                    }
                })
                .buffer_unordered(REQUESTS_AT_ONCE);
            while let Some(answer) = answers.next().await {
                if sender.send(answer).is_err() {
                    return;
                }
            }
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
            ended.map_err(|_| NodeError::Stopping)?;
        }
        Ok(None)
    }
}

async fn ask(client: Client, task: Task, validators: Option<Validators>) -> Fetched {
    let limits = GetLimits::up_to(task.purpose.max_bytes());
    let answer = client.get(&task.url, &limits, validators.as_ref()).await;
    Fetched { task, answer }
}
