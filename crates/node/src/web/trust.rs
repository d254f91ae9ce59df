//! The picture of whom a community trusts, through whom and how much.

use wellspring_ranking::{Fraction, Mention, MentionEffect, TrustBranch, TrustedCurator};

use crate::web::layout::Layout;
use crate::web::reader::Foreign;

/// The radius of the disc of a curator with full trust, in the units of the picture.
const FULL_RADIUS: f64 = 9.0;

/// The picture as a template draws it: curators in order, each followed by those below it.
pub(super) struct TrustPicture<'a> {
    pub(super) steps: Vec<Step<'a>>,
}

/// One step of drawing.
pub(super) enum Step<'a> {
    /// A curator; what follows until its `Leave` is below it.
    Enter(Node<'a>),
    /// Somebody who is not trusted because of the curator around.
    Mention(Mentioned<'a>),
    /// The end of the last open curator.
    Leave {
        /// Whether anything was below it.
        leads_on: bool,
    },
}

/// A trusted curator, or a list that the node adopted.
pub(super) struct Node<'a> {
    pub(super) name: Foreign<'a>,
    pub(super) trust: Fraction,
    /// The radius of a disc whose area is as large as the trust.
    pub(super) radius: String,
    /// The number of its card on the page, from 1.
    pub(super) card: usize,
    pub(super) is_adopted: bool,
    pub(super) also_recommended_by: Vec<Foreign<'a>>,
    /// Whether anything is below it.
    pub(super) leads_on: bool,
}

pub(super) struct Mentioned<'a> {
    pub(super) name: Foreign<'a>,
    pub(super) effect: MentionEffect,
}

impl<'a> TrustPicture<'a> {
    pub(super) fn new(layout: &Layout<'a>) -> Self {
        let mut picture = Self { steps: Vec::new() };
        for root in layout.view().trust_graph().roots {
            picture.draw(layout, &root);
        }
        picture
    }

    fn draw(&mut self, layout: &Layout<'a>, branch: &TrustBranch<'a>) {
        let node = Node::new(layout, branch);
        let leads_on = node.leads_on;
        self.steps.push(Step::Enter(node));
        for next in &branch.recommends {
            self.draw(layout, next);
        }
        let mentions = branch.mentions.iter().map(|it| Step::Mention(Mentioned::new(layout, it)));
        self.steps.extend(mentions);
        self.steps.push(Step::Leave { leads_on });
    }
}

impl<'a> Node<'a> {
    fn new(layout: &Layout<'a>, branch: &TrustBranch<'a>) -> Self {
        let curator = branch.curator;
        let name = |other: &&'a TrustedCurator| layout.reader.curator(other);
        let share = f64::from(curator.trust.millionths()) / f64::from(Fraction::ONE.millionths());
        let here = |other: &TrustedCurator| {
            (&other.issuer, &other.adopted_from) == (&curator.issuer, &curator.adopted_from)
        };
        let place = layout.view().curators.iter().position(|other| here(other));
        Self {
            name: layout.reader.curator(curator),
            trust: curator.trust,
            radius: format!("{:.1}", FULL_RADIUS * share.sqrt()),
            card: place.map_or(0, |place| place + 1),
            is_adopted: curator.adopted_from.is_some(),
            also_recommended_by: branch.also_recommended_by.iter().map(name).collect(),
            leads_on: !branch.recommends.is_empty() || !branch.mentions.is_empty(),
        }
    }
}

impl<'a> Mentioned<'a> {
    fn new(layout: &Layout<'a>, mention: &Mention<'a>) -> Self {
        let Mention { opinion, effect } = *mention;
        Self { name: layout.reader.about(opinion, layout.view()), effect }
    }
}
