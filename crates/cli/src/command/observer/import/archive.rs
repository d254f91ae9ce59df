//! The folder that an import writes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use wellspring_document::{
    Body, Curator, EndorsementList, IssuerId, Kind, LanguageTag, Localized, ObservationReport,
    Observer, SigningKey, Text,
};
use wellspring_matrix::HistoryDay;
use wellspring_node::Issuer;

use crate::failure::Refused;
use crate::file;

/// The folder, and the two who sign what is in it.
pub(super) struct Archive {
    folder: PathBuf,
    name: Localized,
    with_lists: bool,
    issuers: Option<Issuers>,
    days: u64,
}

/// Known since before the first day.
struct Issuers {
    observer: Issuer,
    curator: Option<Issuer>,
}

/// What was written.
pub(super) struct Written {
    pub(super) observer: IssuerId,
    pub(super) curator: Option<IssuerId>,
    pub(super) days: u64,
    pub(super) policy: PathBuf,
}

const REPORTS: &str = "observation-reports";
const LISTS: &str = "endorsement-lists";

impl Archive {
    /// Documents of two imports in one folder would be two observers who say the same.
    pub(super) fn begin(folder: &Path, name: Text, with_lists: bool) -> anyhow::Result<Self> {
        file::ensure_folder(folder)?;
        let mut entries = fs::read_dir(folder)
            .with_context(|| format!("{} could not be read", folder.display()))?;
        if entries.next().is_some() {
            return Err(Refused::because(format!(
                "{} is not empty; name a new folder with --to",
                folder.display()
            )));
        }
        let name = Localized::single(LanguageTag::english(), name);
        Ok(Self { folder: folder.to_owned(), name, with_lists, issuers: None, days: 0 })
    }

    /// Writes what would have been signed at the end of a day.
    pub(super) fn write(&mut self, day: &HistoryDay) -> anyhow::Result<()> {
        let Self { folder, name, with_lists, issuers, days } = self;
        let issuers = match issuers {
            Some(issuers) => issuers,
            None => {
                file::ensure_folder(&folder.join(REPORTS))?;
                if *with_lists {
                    file::ensure_folder(&folder.join(LISTS))?;
                }
                issuers.insert(Issuers::before(day, *with_lists)?)
            }
        };
        let mut report = ObservationReport::new(Observer::new(name.clone()));
        report.entries.clone_from(&day.observations);
        write(&folder.join(REPORTS), &issuers.observer, &report, day)?;
        if let Some(curator) = &issuers.curator {
            let mut list = EndorsementList::new(Curator::new(name.clone()));
            list.entries.clone_from(&day.endorsements);
            write(&folder.join(LISTS), curator, &list, day)?;
        }
        *days += 1;
        Ok(())
    }

    /// Writes the policy, last: a folder without one is not complete. Nothing where no day
    /// was written.
    pub(super) fn finish(self) -> anyhow::Result<Option<Written>> {
        let Some(issuers) = self.issuers else { return Ok(None) };
        let observer = issuers.observer.history().issuer().clone();
        let curator = issuers.curator.map(|curator| curator.history().issuer().clone());
        let mut text = format!(
            "# The default policy, with trust in the issuers of this folder and nobody else.\n\
             # Their private keys are gone. Try out here what you think of changing.\n\n\
             name = \"replay\"\nobservers = [\"{observer}\"]\n"
        );
        if let Some(curator) = &curator {
            text += &format!("\n[[curators]]\nissuer = \"{curator}\"\ntrust = 1.0\n");
        }
        let policy = self.folder.join("policy.toml");
        file::create(&policy, text.as_bytes())?;
        Ok(Some(Written { observer, curator, days: self.days, policy }))
    }
}

impl Issuers {
    fn before(first: &HistoryDay, with_lists: bool) -> anyhow::Result<Self> {
        let issuer = || {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).context("the operating system gave no random numbers")?;
            let key = SigningKey::from_seed(seed);
            anyhow::Ok(Issuer::start(key, first.at.plus_days(-1).date().midnight())?)
        };
        let curator = with_lists.then(issuer).transpose()?;
        Ok(Self { observer: issuer()?, curator })
    }
}

/// Signs what was known at the end of a day, for as long as its kind may live.
fn write<T: Body>(
    folder: &Path,
    issuer: &Issuer,
    body: &T,
    day: &HistoryDay,
) -> anyhow::Result<()> {
    let kind: Kind = T::KIND;
    let signed = issuer
        .sign(body, day.number(), day.at, kind.max_lifetime_days())
        .with_context(|| format!("the {kind} of {} could not be signed", day.at.date()))?;
    file::create(&folder.join(format!("{}.json", day.at.date())), signed.bytes())
}
