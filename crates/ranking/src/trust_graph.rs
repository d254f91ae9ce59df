//! The trust of a community as a graph: who is trusted, through whom, how much.

use std::collections::BTreeMap;

use serde::Serialize;
use wellspring_document::{CuratorOpinion, IssuerId, Opinion};

use crate::number::Fraction;
use crate::view::json::Speaker;
use crate::view::{DocumentState, TrustedCurator, View};

/// Everybody whom a community trusts, each below the one whose recommendation counts, with
/// all that they say about each other and what comes of it.
#[derive(Debug, Clone, Serialize)]
pub struct TrustGraph<'a> {
    /// The roots and the adopted lists, in the order of [`View::curators`].
    pub roots: Vec<TrustBranch<'a>>,
}

/// A trusted curator and whom the community trusts through them.
#[derive(Debug, Clone)]
pub struct TrustBranch<'a> {
    /// Who.
    pub curator: &'a TrustedCurator,
    /// Other trusted curators who recommend them, and add nothing: the best path counts, and
    /// a root is trusted as much as the policy says.
    pub also_recommended_by: Vec<&'a TrustedCurator>,
    /// Those whose best path leads here last.
    pub recommends: Vec<Self>,
    /// What they say about curators who are not trusted because of it, in the order of their
    /// list.
    pub mentions: Vec<Mention<'a>>,
}

/// What a trusted curator says about another who is not trusted because of it.
#[derive(Debug, Clone, Copy)]
pub struct Mention<'a> {
    /// What the list says.
    pub opinion: &'a CuratorOpinion,
    /// What comes of it.
    pub effect: MentionEffect,
}

/// What comes of an opinion about a curator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MentionEffect {
    /// Nobody's recommendation makes them trusted here.
    Distrusted,
    /// None: only roots at or above the veto trust can end the trust in others, and none in
    /// a root.
    DistrustWithoutEffect,
    /// None: the community or a root distrusts whom they recommend.
    RecommendsDistrusted,
    /// None: trust does not reach that far.
    OutOfReach,
}

impl MentionEffect {
    /// The effect as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Distrusted => "distrusted",
            Self::DistrustWithoutEffect => "distrust-without-effect",
            Self::RecommendsDistrusted => "recommends-distrusted",
            Self::OutOfReach => "out-of-reach",
        }
    }
}

impl View {
    /// Who is trusted through whom. Takes time in proportion to what the trusted curators say
    /// about each other.
    pub fn trust_graph(&self) -> TrustGraph<'_> {
        let mut graph = Graph::of(self);
        let is_root = |curator: &&TrustedCurator| curator.path.len() == 1;
        let roots = self.curators.iter().map(|curator| &**curator).filter(is_root);
        TrustGraph { roots: roots.map(|root| graph.branch(root)).collect() }
    }
}

/// What is known of all curators while the branches are made.
struct Graph<'a> {
    view: &'a View,
    by_issuer: BTreeMap<&'a IssuerId, &'a TrustedCurator>,
    /// Who is trusted through whom.
    through: BTreeMap<&'a IssuerId, Vec<&'a TrustedCurator>>,
    /// Who else recommends whom.
    also: BTreeMap<&'a IssuerId, Vec<&'a TrustedCurator>>,
}

impl<'a> Graph<'a> {
    fn of(view: &'a View) -> Self {
        let mut graph = Self {
            view,
            by_issuer: BTreeMap::new(),
            through: BTreeMap::new(),
            also: BTreeMap::new(),
        };
        let curators = || view.curators.iter().filter(|it| it.adopted_from.is_none());
        for curator in curators() {
            graph.by_issuer.insert(&curator.issuer, curator);
            if let Some(before) = before(curator) {
                graph.through.entry(before).or_default().push(curator);
            }
        }
        for curator in curators() {
            for opinion in opinions(curator).filter(|it| it.opinion == Opinion::Recommend) {
                let about = graph.by_issuer.get(&opinion.issuer);
                let is_told = |about: &TrustedCurator| {
                    about.issuer == curator.issuer || before(about) == Some(&curator.issuer)
                };
                if about.is_some_and(|about| !is_told(about)) {
                    graph.also.entry(&opinion.issuer).or_default().push(curator);
                }
            }
        }
        graph
    }

    fn branch(&mut self, curator: &'a TrustedCurator) -> TrustBranch<'a> {
        if curator.adopted_from.is_some() {
            return TrustBranch {
                curator,
                also_recommended_by: Vec::new(),
                recommends: Vec::new(),
                mentions: Vec::new(),
            };
        }
        // Each curator stands in one place, so what is taken out is needed nowhere else.
        let through = self.through.remove(&curator.issuer).unwrap_or_default();
        TrustBranch {
            curator,
            also_recommended_by: self.also.remove(&curator.issuer).unwrap_or_default(),
            mentions: opinions(curator).filter_map(|it| self.mention(curator, it)).collect(),
            recommends: through.into_iter().map(|next| self.branch(next)).collect(),
        }
    }

    fn mention(
        &self,
        curator: &TrustedCurator,
        opinion: &'a CuratorOpinion,
    ) -> Option<Mention<'a>> {
        let distrusted = &self.view.distrusted;
        let place = distrusted.binary_search_by(|it| it.issuer.cmp(&opinion.issuer));
        let distrusted = place.ok().and_then(|place| distrusted.get(place));
        let effect = match opinion.opinion {
            Opinion::Distrust if distrusted.is_some_and(|it| it.by.contains(&curator.issuer)) => {
                MentionEffect::Distrusted
            }
            Opinion::Distrust => MentionEffect::DistrustWithoutEffect,
            Opinion::Recommend if self.by_issuer.contains_key(&opinion.issuer) => return None,
            Opinion::Recommend if distrusted.is_some() => MentionEffect::RecommendsDistrusted,
            Opinion::Recommend => MentionEffect::OutOfReach,
        };
        Some(Mention { opinion, effect })
    }
}

/// Whose recommendation makes a curator trusted; nobody's makes a root.
fn before(curator: &TrustedCurator) -> Option<&IssuerId> {
    curator.path.iter().rev().nth(1)
}

/// What a curator's own list says about others, while it counts.
fn opinions(curator: &TrustedCurator) -> impl Iterator<Item = &CuratorOpinion> {
    let list = curator.list.as_ref().filter(|_| curator.state == DocumentState::Live);
    list.into_iter().flat_map(|list| &list.body().curators)
}

impl Serialize for TrustBranch<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            #[serde(flatten)]
            curator: Speaker<'a>,
            trust: Fraction,
            voice: &'a [IssuerId],
            state: DocumentState,
            also_recommended_by: Vec<&'a IssuerId>,
            recommends: &'a [TrustBranch<'a>],
            mentions: Vec<WrittenMention<'a>>,
        }
        #[derive(Serialize)]
        struct WrittenMention<'a> {
            issuer: &'a IssuerId,
            opinion: Opinion,
            effect: MentionEffect,
        }
        let mentions = self.mentions.iter().map(|mention| WrittenMention {
            issuer: &mention.opinion.issuer,
            opinion: mention.opinion.opinion,
            effect: mention.effect,
        });
        Written {
            curator: Speaker::from(self.curator),
            trust: self.curator.trust,
            voice: self.curator.voice(),
            state: self.curator.state,
            also_recommended_by: self.also_recommended_by.iter().map(|it| &it.issuer).collect(),
            recommends: &self.recommends,
            mentions: mentions.collect(),
        }
        .serialize(serializer)
    }
}
