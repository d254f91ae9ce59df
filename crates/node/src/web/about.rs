//! How a community's list comes about.

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use wellspring_ranking::{Criterion, Policy};

use crate::Node;
use crate::web::failure::PageFailure;
use crate::web::layout::{Layout, Subject};
use crate::web::{Community, respond};

pub(super) async fn show(
    State(community): State<Community>,
    request: HeaderMap,
) -> Result<Response<Body>, PageFailure> {
    let snapshot = community.node.snapshot();
    let here = community.view_in(&snapshot)?;
    let layout = Layout::new(&community, &snapshot, here, Subject::About);
    respond::page(&request, StatusCode::OK, &AboutPage::new(layout, &community.node))
}

#[derive(Template)]
#[template(path = "about.html", whitespace = "minimize")]
pub(super) struct AboutPage<'a> {
    layout: Layout<'a>,
    policy: &'a Policy,
    takes_submissions: bool,
}

impl<'a> AboutPage<'a> {
    pub(super) fn new(layout: Layout<'a>, node: &Node) -> Self {
        let takes_submissions = node.config().takes_submissions();
        Self { policy: &layout.view().policy, layout, takes_submissions }
    }

    /// The criteria that decide anything here.
    fn deciding(&self) -> impl Iterator<Item = Criterion> {
        let answered = self.answered();
        answered
            .filter(|criterion| USES.iter().any(|(_, uses)| uses(self.policy).contains(criterion)))
    }

    /// The criteria that are answered here, and decide nothing.
    fn only_answered(&self) -> Vec<Criterion> {
        let answered = self.answered();
        let is_used = |it: &Criterion| USES.iter().any(|(_, uses)| uses(self.policy).contains(it));
        answered.filter(|criterion| !is_used(criterion)).collect()
    }

    fn answered(&self) -> impl Iterator<Item = Criterion> {
        let off = &self.policy.criteria.off;
        Criterion::ALL.into_iter().filter(|criterion| !off.contains(criterion))
    }

    /// What a criterion is used for, by the heading of its column.
    fn uses(&self, criterion: &Criterion) -> [(&'static str, bool); 4] {
        USES.map(|(heading, uses)| (heading, uses(self.policy).contains(criterion)))
    }
}

/// The criteria that a policy uses for something.
type Uses = fn(&Policy) -> &[Criterion];

/// What criteria are used for, by the heading of the column.
const USES: [(&str, Uses); 4] = [
    ("For A", |policy| &policy.categories.a),
    ("For B", |policy| &policy.categories.b),
    ("Stops if not so", |policy| &policy.categories.stopped_by),
    ("Earns points", |policy| &policy.transparency.criteria),
];
