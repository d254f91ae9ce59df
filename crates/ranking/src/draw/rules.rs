use serde::{Deserialize, Serialize};

use crate::number::Fraction;

/// How recommendations are drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DrawRules {
    /// How many servers of category A are enough: where fewer fit (or fewer than are to be
    /// picked), those of category B are drawn from as well. 10 by default: with fewer,
    /// everybody would get the same handful.
    pub enough: u16,
    /// How much a server of category B weighs beside one of A; 0.25 by default. With 0, none
    /// is ever drawn.
    pub category_b: Fraction,
    /// The most of all picks that go to one server, and to all servers of one owner; 0.05 by
    /// default. Where fewer than `1 / cap` servers fit, each may have its equal share.
    pub cap: Fraction,
    /// How the weight falls with the size; `inverse-root` by default.
    pub size: SizeRule,
    /// From how many new accounts per week on a server's limit no longer lessens its
    /// weight; 50 by default, at least 1. One that takes 10 a week weighs a fifth.
    pub full_intake: u32,
}

impl Default for DrawRules {
    fn default() -> Self {
        Self {
            enough: 10,
            category_b: Fraction::thousandths(250),
            cap: Fraction::thousandths(50),
            size: SizeRule::default(),
            full_intake: 50,
        }
    }
}

/// How the weight of a server falls with the number of its active accounts, which counts as
/// at least [`SizeRule::SMALLEST`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SizeRule {
    /// A server of four times the size weighs half.
    #[default]
    InverseRoot,
    /// A server of four times the size weighs a quarter.
    Inverse,
    /// Size does not matter.
    Equal,
}

impl SizeRule {
    /// The size below which smaller is not lighter: nobody should gain by counting the
    /// accounts of a family.
    pub const SMALLEST: u64 = 100;

    /// What counts as the size of a server of which it is not known.
    pub const UNKNOWN: u64 = 1_000;

    /// The factor of a server with so many active accounts: 1 at the smallest size, and at
    /// least a millionth.
    ///
    /// ```
    /// use wellspring_ranking::SizeRule;
    ///
    /// assert_eq!(SizeRule::InverseRoot.factor(400).to_string(), "0.5");
    /// assert_eq!(SizeRule::Inverse.factor(400).to_string(), "0.25");
    /// assert_eq!(SizeRule::InverseRoot.factor(7), SizeRule::Equal.factor(7));
    /// ```
    pub fn factor(self, active_accounts: u64) -> Fraction {
        let size = active_accounts.max(Self::SMALLEST);
        let millionths = match self {
            // The root of SMALLEST / size, in millionths.
            Self::InverseRoot => (Self::SMALLEST * 1_000_000_000_000 / size).isqrt(),
            Self::Inverse => Self::SMALLEST * 1_000_000 / size,
            Self::Equal => 1_000_000,
        };
        Fraction::from_millionths(u32::try_from(millionths).unwrap_or(u32::MAX).max(1))
    }
}

impl DrawRules {
    /// The factor of a server that takes so many new accounts per week: at least a
    /// millionth, and 1 where it states no limit.
    pub fn intake_factor(&self, new_accounts_per_week: Option<u32>) -> Fraction {
        let Some(limit) = new_accounts_per_week else { return Fraction::ONE };
        let full = u64::from(self.full_intake.max(1));
        let millionths = (u64::from(limit) * 1_000_000 / full).clamp(1, 1_000_000);
        Fraction::from_millionths(u32::try_from(millionths).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weight_falls_with_the_size_and_never_to_nothing() {
        let factors = |rule: SizeRule| {
            [0, 100, 101, 1_000, 40_000, 10_000_000_000, u64::MAX]
                .map(|size| rule.factor(size).millionths())
        };
        assert_eq!(
            factors(SizeRule::InverseRoot),
            [1_000_000, 1_000_000, 995_037, 316_227, 50_000, 100, 1]
        );
        assert_eq!(
            factors(SizeRule::Inverse),
            [1_000_000, 1_000_000, 990_099, 100_000, 2_500, 1, 1]
        );
        assert_eq!(factors(SizeRule::Equal), [1_000_000; 7]);
    }

    #[test]
    fn a_limited_intake_lessens_the_weight() {
        let rules = DrawRules::default();
        let factors = [None, Some(50), Some(500), Some(10), Some(1), Some(0)]
            .map(|limit| rules.intake_factor(limit).millionths());
        assert_eq!(factors, [1_000_000, 1_000_000, 1_000_000, 200_000, 20_000, 1]);
        let vast = DrawRules { full_intake: u32::MAX, ..rules };
        assert_eq!(vast.intake_factor(Some(1)).millionths(), 1);
    }
}
