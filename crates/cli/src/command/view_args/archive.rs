//! Ranking the documents of a folder, as on a day of the past.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use wellspring_document::Timestamp;
use wellspring_node::config;
use wellspring_node::replay::{Replay, ReplayTally};
use wellspring_ranking::{Policy, View};

use super::ViewArgs;
use crate::answer::{self, counted};
use crate::failure::Refused;
use crate::file;

impl ViewArgs {
    /// The view that a node would have had which received these documents by the moment.
    pub(super) fn view_of_archive(&self, folder: &Path) -> anyhow::Result<View> {
        let now = self.clock().now();
        let (policies, place) = match &self.policy {
            Some(path) => (vec![read_policy(path)?], 0),
            None => self.policies_of_node()?,
        };
        let replay = with_progress(|done| Replay::read(folder, policies.iter(), now, done))?;
        tell(folder, replay.tally(), now);
        Ok(replay.view(&policies[place])?)
    }

    /// The policies of all communities of the node, and the place of the one that is asked
    /// for. The others matter where keys are contested.
    fn policies_of_node(&self) -> anyhow::Result<(Vec<Policy>, usize)> {
        let opening = self.node.opening(self.clock())?;
        let config = opening.config;
        let own = opening.issuer.id(&config.node.data_dir)?;
        let place = self.place_of_community(config.communities.iter())?;
        let policies = config.communities.into_iter().map(|community| {
            let mut policy = community.policy;
            policy.own = policy.own.or_else(|| own.clone());
            policy
        });
        Ok((policies.collect(), place))
    }
}

fn read_policy(path: &Path) -> anyhow::Result<Policy> {
    let text = file::read_text(path)?;
    let refuse = |problem: &dyn std::fmt::Display| {
        let path = path.display();
        Refused::because(format!("{path} is no policy that can be used: {problem}"))
    };
    config::read_policy(&text).map_err(|problem| refuse(&problem))
}

/// Says on standard error what became of the documents.
fn tell(folder: &Path, tally: &ReplayTally, now: Timestamp) {
    for refusal in &tally.refusals {
        answer::warn(&format!("{} [{}]", refusal.message, refusal.code));
    }
    let untold = tally.refused - tally.refusals.len();
    if untold > 0 {
        answer::warn(&format!("{untold} more were refused"));
    }
    answer::note(&format!(
        "{}: {} counted up to {now}, {} later, {} refused",
        folder.display(),
        counted(tally.counted, "document"),
        tally.later,
        tally.refused
    ));
}

/// Shows on a terminal how many files were read, and nothing elsewhere.
fn with_progress<T>(work: impl FnOnce(&dyn Fn(usize, usize)) -> T) -> T {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} files") {
        bar.set_style(style);
    }
    let result = work(&|done, files| {
        bar.set_length(files as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    result
}
