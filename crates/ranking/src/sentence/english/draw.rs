use crate::draw::{Pick, Seed, Shortfall, SizeRule, Wish};
use crate::number::Fraction;

/// "Drawn by 31 of the 1,024 draws. Weight 0.063 = size 0.316 (…) × intake 0.2 (…)."
pub(in crate::sentence) fn pick(pick: &Pick<'_>) -> String {
    let weight = &pick.weight;
    let accounts = weight.accounts;
    let size = match weight.is_size_known {
        true if accounts <= SizeRule::SMALLEST => format!("at most {accounts} active accounts"),
        true => format!("{accounts} active accounts"),
        false => format!("not known, so {accounts} active accounts are assumed"),
    };
    let mut product = format!("size {} ({size})", weight.size);
    if let Some(limit) = weight.new_accounts_per_week {
        let intake = weight.intake;
        product.push_str(&format!(" × intake {intake} (takes {limit} new accounts a week)"));
    }
    if weight.category != Fraction::ONE {
        let letter = pick.server.category.as_str();
        product.push_str(&format!(" × category {letter} {}", weight.category));
    }
    let all = Seed::COUNT;
    let often = match pick.seeds {
        seeds if seeds == pick.most => {
            format!("{seeds} of the {all} draws pick it, as many as may pick one server")
        }
        seeds => format!("{seeds} of the {all} draws pick it"),
    };
    format!("{often}. Weight {} = {product}.", weight.weight)
}

pub(in crate::sentence) fn wish(wish: &Wish) -> String {
    match wish {
        Wish::Topics => "topic",
        Wish::LegalForm => "kind of operator",
        Wish::Price => "price",
        Wish::Registration => "way to register",
        Wish::Country => "country",
        Wish::Languages => "language",
    }
    .to_owned()
}

pub(in crate::sentence) fn shortfall(shortfall: &Shortfall) -> String {
    match shortfall {
        Shortfall::NothingOffered => {
            "This community has no server to recommend that takes newcomers at present."
        }
        Shortfall::Required => "No other server meets what you require.",
        Shortfall::NoMore => "There are no more servers to recommend that take newcomers.",
    }
    .to_owned()
}
