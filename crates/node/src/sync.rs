//! One round of asking the sources: fetch, verify, accept, rank.

mod apply;
mod asking;
mod local;
mod mirror;
mod news;
mod plan;
mod ration;
mod schedule;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::time::{Instant, timeout_at};
use wellspring_document::Timestamp;
use wellspring_fetch::{Answer, FetchError, Validators};
use wellspring_store::{Failure, Round as RoundRecord, Source, SourceKey, SourceKind, Submission};

use crate::config::{Config, ConfigError};
use crate::node::{Node, NodeError, Setting};
use crate::report;
use crate::sentence;
use crate::snapshot::{CommunityView, Snapshot};
use crate::submissions::submitted;
use crate::tree::TreePlace;
use crate::wake::Changed;

use apply::Worked;
pub(crate) use apply::is_absence;
use asking::Answers;
use mirror::OpenMirror;
pub use mirror::{
    MAX_MIRROR_BYTES_PER_ROUND, MAX_MIRROR_DOCUMENTS_PER_FEED, MAX_MIRROR_DOCUMENTS_PER_ROUND,
    MAX_MIRROR_INDEX_BYTES, MAX_MIRROR_TIME,
};
use news::News;
pub use plan::{LIST_PATH, PROFILE_PATH, profile_url};
use plan::{Purpose, Task};
pub(crate) use schedule::pause;

/// How many answers are worked into the store in one transaction.
const ANSWERS_PER_TRANSACTION: usize = 100;
/// How often lists may name further lists in one round: as far as trust can reach.
const MAX_WAVES: usize = 1 + wellspring_ranking::TrustRules::MAX_DEPTH as usize;

/// Which sources a round asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncScope {
    /// Those whose time has come.
    Due,
    /// All of them.
    All,
}

/// What happens during a round, for showing progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncProgress {
    /// So many more sources, or documents of mirrors, are going to be asked for.
    Planned(usize),
    /// So many of them have been asked for.
    Asked(usize),
}

/// What came of a round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncOutcome {
    /// How many sources were asked.
    pub asked: usize,
    /// How many of them had nothing new.
    pub unchanged: usize,
    /// How many documents were new, or came in the place of damaged ones.
    pub accepted: usize,
    /// What could not be read or used: the source and why.
    pub problems: Vec<(SourceKey, Failure)>,
    /// How many servers the communities know, each counted once.
    pub servers: usize,
}

impl fmt::Display for SyncOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} sources asked, {} unchanged, {} with problems; {} new documents; {} servers known",
            self.asked,
            self.unchanged,
            self.problems.len(),
            self.accepted,
            self.servers
        )
    }
}

/// What a source that was asked over HTTPS answered.
struct Fetched {
    task: Task,
    answer: Result<Answer, FetchError>,
}

/// What happens to the news of a round while only slow sources are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WhileSlow {
    /// They wait, since what comes next belongs to them: a list names servers, of which some
    /// may not want to be listed.
    Wait,
    /// They are shown.
    Show,
}

/// A round under way.
struct Round<'a> {
    node: &'a Arc<Node>,
    scope: SyncScope,
    /// Whether it is the first one since the program began.
    is_first: bool,
    /// By which it judges whose time has come. What it writes down has the time of then.
    began_at: Timestamp,
    known: Arc<BTreeMap<SourceKey, Source>>,
    asked: BTreeSet<SourceKey>,
    changed: Changed<'a>,
    outcome: SyncOutcome,
    progress: &'a (dyn Fn(SyncProgress) + Sync),
}

impl Node {
    /// Asks the sources and serves what comes of it. Rounds do not overlap: a second call
    /// waits for the first.
    ///
    /// A source that fails takes nothing away: what it gave before ages.
    ///
    /// # Errors
    /// Where the database, the node's key or the client cannot be used; never because of a
    /// source.
    pub async fn sync(
        self: &Arc<Self>,
        scope: SyncScope,
        progress: &(dyn Fn(SyncProgress) + Sync),
    ) -> Result<SyncOutcome, NodeError> {
        let mut has_synced = self.syncing.lock().await;
        let is_first = !std::mem::replace(&mut *has_synced, true);
        self.blocking(Self::notice_other_programs).await?;
        self.blocking(Self::notice_own_keys).await?;
        // What this node saw counts only while its word about it is valid, and asking
        // everybody can take long.
        let before = self.renew_or_log().await;
        let known = self.sources().await?;
        let mut round = Round {
            node: self,
            scope,
            is_first,
            began_at: self.now(),
            known: Arc::new(known.into_iter().map(|source| (source.key.clone(), source)).collect()),
            asked: BTreeSet::new(),
            changed: self.wake.changed(),
            outcome: SyncOutcome::default(),
            progress,
        };
        round.read_local_sources().await?;
        let views = round.fetch_lists(before.communities.clone()).await?;
        let mut mirrors = round.open_mirrors().await?;
        let views = round.read_mirrors(&mut mirrors, views).await?;
        round.fetch_profiles(&views).await?;
        round.close_mirrors(mirrors).await?;
        self.blocking(Self::erase_superseded).await?;
        self.blocking(|node| Ok(node.store().drop_submissions(node.now())?)).await?;
        round.finish().await
    }

    /// Says what the node saw where that is due, and serves a view of all that is stored.
    fn renew(&self) -> Result<Arc<Snapshot>, NodeError> {
        let now = self.now();
        let published = self.publish_report(now);
        let snapshot = self.make_snapshot(now)?;
        self.serve(Arc::clone(&snapshot));
        published.map(|()| snapshot)
    }

    /// As [`Node::renew`] in the midst of a round, which goes on: its end tells whoever asked
    /// for it if that still fails.
    async fn renew_or_log(self: &Arc<Self>) -> Arc<Snapshot> {
        self.blocking(Self::renew).await.unwrap_or_else(|error| {
            tracing::error!(error = sentence(&error), "the view could not be renewed");
            self.snapshot()
        })
    }

    /// Erases what no longer counts, or was withdrawn, for so long that nobody may have it.
    fn erase_superseded(&self) -> Result<(), NodeError> {
        let erased = self.store().erase_superseded(self.now())?;
        if !erased.is_empty() {
            self.memory().documents_mut().drop_erased(&erased.into_iter().collect());
        }
        Ok(())
    }

    /// Signs and stores what names served this node, where there is something new to say.
    fn publish_report(&self, now: Timestamp) -> Result<(), NodeError> {
        let sights = self.store().sights()?.rows;
        if sights.is_empty() {
            return Ok(());
        }
        let next = report::observation_report(&self.config.node, &sights)?;
        let current = self.memory().documents.report(self.issuer().history().issuer());
        if report::is_due(current.as_deref(), &next, now) {
            self.publish(&next, now, report::VALID_DAYS)?;
        }
        Ok(())
    }
}

impl Round<'_> {
    /// Whether to ask a source now; each is asked at most once in a round.
    fn claims(&mut self, key: &SourceKey) -> bool {
        (self.scope == SyncScope::All || self.is_due(key)) && self.asked.insert(key.clone())
    }

    /// Whether to read a source on this machine now. Whoever starts the program, or changes
    /// something in a folder, wants to see what is there, and nobody is bothered.
    fn claims_local(&mut self, key: &SourceKey, path: &Path) -> bool {
        let is_wanted = self.changed.has(path) || self.is_first;
        (is_wanted && self.asked.insert(key.clone())) || self.claims(key)
    }

    fn claims_remote(&mut self, task: &Task) -> bool {
        self.is_wanted(task) && self.asked.insert(task.key.clone())
    }

    fn is_wanted(&self, task: &Task) -> bool {
        let submitted = task.purpose.submitted_at().zip(self.known.get(&task.key));
        let is_anew = submitted.is_some_and(|(at, source)| schedule::is_anew(source, at));
        is_anew || self.scope == SyncScope::All || self.is_due(&task.key)
    }

    fn is_due(&self, key: &SourceKey) -> bool {
        let config = &self.node.config;
        self.known.get(key).is_none_or(|source| schedule::is_due(source, config, self.began_at))
    }

    /// The example world, the directories, and adopted lists in files.
    async fn read_local_sources(&mut self) -> Result<(), NodeError> {
        let node = Arc::clone(self.node);
        if node.setting == Setting::ExampleWorld {
            self.outcome.accepted += node.blocking(Node::take_example_world).await?;
        }
        for directory in &node.config.directories {
            let (key, path) = (plan::directory_key(directory), directory.path.clone());
            if self.claims_local(&key, &path) {
                (self.progress)(SyncProgress::Planned(1));
                let taken = node.blocking(move |node| node.take_directory(&key, &path));
                self.add(taken.await?, 1).await;
            }
        }
        for (adoption, path) in plan::adopted_files(&node.config)? {
            if self.claims_local(&adoption.key(), &path) {
                (self.progress)(SyncProgress::Planned(1));
                let taken = node.blocking(move |node| node.take_file(&adoption, &path));
                self.add(taken.await?, 1).await;
            }
        }
        Ok(())
    }

    /// Feeds, adopted lists, and the lists that trusted curators recommend; those can name
    /// further ones. `before` is what was known before the round; gives what is known once
    /// they are in. That is for planning alone: nobody is shown half of a round.
    async fn fetch_lists(
        &mut self,
        before: Vec<CommunityView>,
    ) -> Result<Vec<CommunityView>, NodeError> {
        let (mut views, mut accepted) = (before, 0);
        for _wave in 0..MAX_WAVES {
            if self.outcome.accepted > accepted {
                accepted = self.outcome.accepted;
                views = self.node.blocking(|node| node.rank(node.now())).await?;
            }
            let tasks = plan::lists(&self.node.config, &views)?;
            if self.fetch(tasks, WhileSlow::Wait).await? == 0 {
                return Ok(views);
            }
        }
        self.node.blocking(|node| node.rank(node.now())).await
    }

    /// What mirrors have of lists, reports and profiles. Lists can name further ones, here and
    /// over HTTPS. Gives what is known once they are in.
    async fn read_mirrors(
        &mut self,
        mirrors: &mut [OpenMirror],
        mut views: Vec<CommunityView>,
    ) -> Result<Vec<CommunityView>, NodeError> {
        for _wave in 0..MAX_WAVES {
            if self.take_from_mirrors(mirrors, &views).await? == 0 {
                break;
            }
            views = self.fetch_lists(views).await?;
        }
        Ok(views)
    }

    async fn fetch_profiles(&mut self, views: &[CommunityView]) -> Result<(), NodeError> {
        // Those that were submitted while the lists were asked are among them.
        let submitted = self.node.blocking(|node| Ok(submitted(&node.config, &node.store())?));
        let mut tasks = plan::profiles(&self.node.config, views, &submitted.await?);
        tasks.retain(|task| self.is_wanted(task));
        self.fetch(ration::ration(tasks, &self.known), WhileSlow::Show).await?;
        Ok(())
    }

    /// Asks what is to be asked of `tasks` and works the answers in as they come, so that a
    /// kill loses at most the last few. Gives how many were asked.
    async fn fetch(
        &mut self,
        mut tasks: Vec<Task>,
        while_slow: WhileSlow,
    ) -> Result<usize, NodeError> {
        tasks.retain(|task| self.claims_remote(task));
        let count = tasks.len();
        if count == 0 {
            return Ok(0);
        }
        (self.progress)(SyncProgress::Planned(count));
        let client = self.node.client()?;
        let questions: Vec<_> =
            tasks.into_iter().map(|task| (self.validators(&task), task)).collect();
        let mut answers = Answers::of(client, questions);
        let mut news = News::none(Instant::now());
        loop {
            let due = news.due().filter(|_| while_slow == WhileSlow::Show);
            let Some(next) = before(due, answers.next()).await else {
                news.are_shown();
                self.node.renew_or_log().await;
                continue;
            };
            let Some(chunk) = next? else { return Ok(count) };
            let (chunk_size, known) = (chunk.len(), Arc::clone(&self.known));
            // Whoever submitted a name waits for what comes of it, be it nothing.
            let is_waited_for = chunk.iter().any(|it| it.task.purpose.submitted_at().is_some());
            let worked = self.node.blocking(move |node| node.take_answers(chunk, &known)).await?;
            if worked.accepted > 0 || is_waited_for {
                news.came(Instant::now());
            }
            self.add(worked, chunk_size).await;
        }
    }

    /// What to say that one has, so that a source gives only what is new. Of an adopted list
    /// the node needs all of it where it has signed nothing yet.
    fn validators(&self, task: &Task) -> Option<Validators> {
        if let Purpose::Adopted(adoption) = &task.purpose {
            self.node.adopted(adoption)?;
        }
        let kept = &self.known.get(&task.key)?.validators;
        Validators::new(&task.url, kept.etag.as_deref(), kept.last_modified.as_deref())
    }

    /// Adds up what came of some sources that were asked. Whoever no longer wants to be
    /// listed does not wait for the others to answer.
    async fn add(&mut self, worked: Worked, asked: usize) {
        self.outcome.asked += asked;
        self.outcome.accepted += worked.accepted;
        self.outcome.unchanged += worked.unchanged;
        self.outcome.problems.extend(worked.problems);
        (self.progress)(SyncProgress::Asked(asked));
        if worked.takes_consent_back {
            self.node.renew_or_log().await;
        }
    }

    /// Where several sources gave documents from the future, it is rather this machine's clock
    /// that is behind.
    fn warn_of_the_clock(&self) {
        let problems = self.outcome.problems.iter();
        let ahead: BTreeSet<_> = problems
            .filter(|(_, failure)| failure.code == FROM_THE_FUTURE)
            .map(|(source, _)| source)
            .collect();
        if ahead.len() > 1 {
            tracing::warn!(
                sources = ahead.len(),
                "several sources gave documents from the future; is the clock of this machine \
                 right? It says {}",
                self.node.now()
            );
        }
    }

    /// What is kept of the round for those who ask how the node fares.
    fn record(&self) -> RoundRecord {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let failed: BTreeSet<_> = self.outcome.problems.iter().map(|(source, _)| source).collect();
        RoundRecord {
            began_at: self.began_at,
            ended_at: self.node.now(),
            asked: count(self.outcome.asked),
            unchanged: count(self.outcome.unchanged),
            accepted: count(self.outcome.accepted),
            failed: count(failed.len()),
        }
    }

    async fn finish(mut self) -> Result<SyncOutcome, NodeError> {
        let record = self.record();
        self.node.blocking(move |node| node.record_round(&record)).await?;
        let snapshot = self.node.blocking(Node::renew).await?;
        let shown = Arc::clone(&snapshot);
        self.node.blocking(move |node| node.tell_changes(&shown)).await?;
        self.node.blocking(|node| node.record_time(node.now())).await?;
        self.changed.are_read();
        self.warn_of_the_clock();
        let names = snapshot
            .communities
            .iter()
            .flat_map(|community| &community.view.servers)
            .map(|server| &server.server_name);
        self.outcome.servers = names.collect::<BTreeSet<_>>().len();
        Ok(self.outcome)
    }
}

/// The folders on this machine whose changes are to be noticed.
pub(crate) fn folders(config: &Config) -> Vec<PathBuf> {
    let mirrors = config.mirrors.iter().filter_map(|mirror| match mirror.place() {
        Ok(TreePlace::Folder(path)) => Some(path),
        Ok(TreePlace::Url(_)) | Err(_) => None,
    });
    config.directories.iter().map(|directory| directory.path.clone()).chain(mirrors).collect()
}

/// What comes of `work`, if that is before a moment.
async fn before<T>(moment: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match moment {
        // Else work that is done already would be first.
        Some(moment) if moment <= Instant::now() => None,
        Some(moment) => timeout_at(moment, work).await.ok(),
        None => Some(work.await),
    }
}

/// Every source that a round with these views would ask, were all of them due; of those that
/// nobody names but whoever submitted them, since when.
pub(crate) fn planned(
    config: &Config,
    views: &[CommunityView],
    submissions: &[Submission],
) -> Result<BTreeMap<SourceKey, Option<Timestamp>>, ConfigError> {
    let profiles = plan::profiles(config, views, submissions);
    let remote = plan::lists(config, views)?.into_iter().chain(profiles);
    let remote = remote.map(|task| {
        let submitted_at = task.purpose.submitted_at();
        (task.key, submitted_at)
    });
    let files = plan::adopted_files(config)?;
    let local = config.directories.iter().map(plan::directory_key);
    let local = local.chain(files.iter().map(|(adoption, _)| adoption.key()));
    let local = local.chain(mirror::mirror_keys(config)?);
    Ok(remote.chain(local.map(|key| (key, None))).collect())
}

/// The code of a document that comes from the future.
const FROM_THE_FUTURE: &str = "accept.from-the-future";

#[cfg(test)]
mod tests;
