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

    fn asks_in_a(&self, criterion: &Criterion) -> bool {
        self.policy.categories.a.contains(criterion)
    }

    fn asks_in_b(&self, criterion: &Criterion) -> bool {
        self.policy.categories.b.contains(criterion)
    }
}
