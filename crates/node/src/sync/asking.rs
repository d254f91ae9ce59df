//! Asking many sources at once, while what came before is read and worked in.

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::{JoinError, JoinSet, spawn_blocking};
use tokio::time::{Instant, timeout_at};
use wellspring_fetch::{Client, GetLimits, Validators};

use super::apply::{Work, read_answer};
use super::plan::Task;
use super::{ANSWERS_PER_TRANSACTION, Fetched};
use crate::node::NodeError;

/// How many requests wait or are under way at once, answers that wait to be worked in
/// included: many more than the client runs, which lets those pass that hosts answer soon and
/// holds back by host, address and domain. Were they as many, silent hosts could take all
/// places.
const REQUESTS_AT_ONCE: usize = 4_096;

/// How many answers a thread reads before it hands them on.
const READ_TOGETHER: usize = 16;

/// How long answers that are read wait for others to share their transaction with. That is what
/// a kill loses beyond the transaction itself, and no more than a blink for whoever looks on.
const GATHERING: Duration = Duration::from_millis(50);

/// Something on its way from a source, and the place among the requests that it takes until it
/// is worked in.
type Placed<T> = (OwnedSemaphorePermit, T);

/// What sources answer, read and verified, as it comes. They are no longer asked when it is
/// dropped.
pub(super) struct Answers {
    read: mpsc::Receiver<Placed<Work>>,
    gathered: Vec<Placed<Work>>,
    /// Until when more may come to what is gathered.
    until: Option<Instant>,
    working: JoinSet<Result<(), JoinError>>,
}

impl Answers {
    /// Begins to ask. Each request is a task of its own, and goes on while answers are read and
    /// worked in, however long that takes: were requests under way to wait for the disk or for
    /// one another's cryptography, their hosts would be given up as slow. All cores read what
    /// came, so that little is left to do when the last has answered.
    pub(super) fn of(client: Client, questions: Vec<(Option<Validators>, Task)>) -> Self {
        let (answered, answers) = mpsc::unbounded_channel();
        // So few that what is verified, and takes more memory than what came, does not pile up.
        let (reader, read) = mpsc::channel(ANSWERS_PER_TRANSACTION);
        let mut working = JoinSet::new();
        working.spawn(ask_all(client, questions, answered));
        let answers = Arc::new(Mutex::new(answers));
        let cores = available_parallelism().map_or(1, usize::from);
        for _ in 0..cores {
            working.spawn(read_all(Arc::clone(&answers), reader.clone()));
        }
        Self { read, gathered: Vec::new(), until: None, working }
    }

    /// Waits for answers and gives those that come together, up to a transaction's worth; nothing
    /// when every source has answered. What waits for this may be given up and begun again.
    ///
    /// # Errors
    /// Where the program is stopping.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Work>>, NodeError> {
        while let missing @ 1.. = ANSWERS_PER_TRANSACTION - self.gathered.len() {
            let more = self.read.recv_many(&mut self.gathered, missing);
            let came = match self.until {
                Some(until) => timeout_at(until, more).await.unwrap_or(0),
                None => more.await,
            };
            if came == 0 {
                break;
            }
            self.until.get_or_insert_with(|| Instant::now() + GATHERING);
        }
        self.until = None;
        if !self.gathered.is_empty() {
            return Ok(Some(self.gathered.drain(..).map(|(_, work)| work).collect()));
        }
        while let Some(ended) = self.working.join_next().await {
            ended.and_then(|ended| ended).map_err(|_| NodeError::Stopping)?;
        }
        Ok(None)
    }
}

async fn ask_all(
    client: Client,
    questions: Vec<(Option<Validators>, Task)>,
    answered: mpsc::UnboundedSender<Placed<Fetched>>,
) -> Result<(), JoinError> {
    let places = Arc::new(Semaphore::new(REQUESTS_AT_ONCE));
    let mut requests = JoinSet::new();
    for (validators, task) in questions {
        // The semaphore is never closed, so a place always comes.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        while let Some(ended) = requests.try_join_next() {
            ended?;
        }
        let (client, answered) = (client.clone(), answered.clone());
        requests.spawn(async move {
            let fetched = ask(client, task, validators).await;
            // Where nobody receives any more, nobody wants to know.
            let _ = answered.send((place, fetched));
        });
    }
    while let Some(ended) = requests.join_next().await {
        ended?;
    }
    Ok(())
}

async fn ask(client: Client, task: Task, validators: Option<Validators>) -> Fetched {
    let limits = GetLimits::up_to(task.purpose.max_bytes());
    let answer = client.get(&task.url, &limits, validators.as_ref()).await;
    Fetched { task, answer }
}

/// Reads answers one after the other, until there are no more.
async fn read_all(
    answers: Arc<Mutex<mpsc::UnboundedReceiver<Placed<Fetched>>>>,
    reader: mpsc::Sender<Placed<Work>>,
) -> Result<(), JoinError> {
    loop {
        let mut came = Vec::new();
        if answers.lock().await.recv_many(&mut came, READ_TOGETHER).await == 0 {
            return Ok(());
        }
        let read = spawn_blocking(|| {
            let read = came.into_iter().map(|(place, fetched)| (place, read_answer(fetched)));
            read.collect::<Vec<_>>()
        });
        for work in read.await? {
            // Where nobody receives any more, nobody wants to know.
            if reader.send(work).await.is_err() {
                return Ok(());
            }
        }
    }
}
