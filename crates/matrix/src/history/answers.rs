use std::collections::VecDeque;

/// At which of many checks a server answered: one bit for each, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Answers {
    words: VecDeque<u64>,
}

impl Answers {
    /// How many checks are forgotten at a time.
    pub(super) const STEP: usize = u64::BITS as usize;

    /// It answered at the check at this place.
    pub(super) fn set(&mut self, place: usize) {
        let (word, bit) = (place / Self::STEP, place % Self::STEP);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << bit;
    }

    /// How many it answered from the check at this place on.
    pub(super) fn since(&self, place: usize) -> u32 {
        let (word, bit) = (place / Self::STEP, place % Self::STEP);
        let first = self.words.get(word).map_or(0, |first| (first >> bit).count_ones());
        first + self.words.iter().skip(word + 1).map(|word| word.count_ones()).sum::<u32>()
    }

    /// Forgets the oldest checks; the others move to the front.
    pub(super) fn forget_step(&mut self) {
        self.words.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_from_any_place_and_move_when_others_are_forgotten() {
        let mut answers = Answers::default();
        [0, 1, 63, 64, 130, 200].into_iter().for_each(|place| answers.set(place));
        let counts = [0, 1, 2, 63, 64, 65, 131, 200, 201, 900].map(|place| answers.since(place));
        assert_eq!(counts, [6, 5, 4, 4, 3, 2, 1, 1, 0, 0]);
        answers.forget_step();
        assert_eq!([0, 1, 66, 67].map(|place| answers.since(place)), [3, 2, 2, 1]);
    }
}
