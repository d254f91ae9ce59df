//! When what came of a round is shown before its end.

use std::time::Duration;

use tokio::time::Instant;

/// After how long without further news it is shown, at least. Most hosts answer sooner, and those
/// who are slow may take twenty times as long.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);

/// How long news waits at most, so that a host that has some now and then keeps nobody else's
/// back.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// News of a round that waits to be shown. The longer the round has taken, the longer nothing
/// more must come: so those who answered soon are shown soon, the others in ever larger parts,
/// and however the sources of a round of five minutes spread their answers, it makes some thirty
/// views, and reports of what the node saw, at most.
#[derive(Debug)]
pub(super) struct News {
    began: Instant,
    /// When the first and the last came that is not shown.
    unshown: Option<(Instant, Instant)>,
}

impl News {
    /// None so far, when the round begins to ask.
    pub(super) const fn none(began: Instant) -> Self {
        Self { began, unshown: None }
    }

    pub(super) fn came(&mut self, now: Instant) {
        let first = self.unshown.map_or(now, |(first, _)| first);
        self.unshown = Some((first, now));
    }

    pub(super) const fn are_shown(&mut self) {
        self.unshown = None;
    }

    /// When to show it, should nothing come until then; nothing where all is shown.
    pub(super) fn due(&self) -> Option<Instant> {
        let (first, last) = self.unshown?;
        let pause = (last.duration_since(self.began) / 4).max(SHORTEST_PAUSE);
        Some((last + pause).min(first + LONGEST_WAIT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_news_is_shown_soon_and_later_news_in_ever_larger_parts() {
        let began = Instant::now();
        let mut news = News::none(began);
        assert_eq!(news.due(), None);
        let (mut now, mut shown) = (began, Vec::new());
        while now < began + Duration::from_secs(300) {
            news.came(now);
            now = news.due().unwrap();
            shown.push((now - began).as_millis());
            news.are_shown();
            assert_eq!(news.due(), None);
        }
        assert_eq!(shown[..7], [500, 1_000, 1_500, 2_000, 2_500, 3_125, 3_906]);
        assert!(shown.len() < 32, "{} views", shown.len());
    }

    #[test]
    fn a_trickle_of_news_keeps_none_back_for_ever() {
        let began = Instant::now();
        let mut news = News::none(began);
        for tenth in 0..400 {
            news.came(began + Duration::from_millis(100) * tenth);
        }
        assert_eq!(news.due(), Some(began + LONGEST_WAIT));
    }
}
