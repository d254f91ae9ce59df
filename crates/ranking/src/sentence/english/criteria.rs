//! The criteria in English: each question, and what it means that it is met, not met and
//! unknown.

use crate::criteria::{Criterion, Family};
use crate::view::Answer;

/// One criterion in words. The findings have no full stop: who says so follows.
pub(super) struct Words {
    pub(super) question: &'static str,
    met: &'static str,
    not_met: &'static str,
    unknown: &'static str,
}

impl Words {
    pub(super) const fn finding(&self, answer: Answer) -> &'static str {
        match answer {
            Answer::Met => self.met,
            Answer::NotMet => self.not_met,
            Answer::Unknown => self.unknown,
        }
    }
}

const fn words(texts: [&'static str; 4]) -> Words {
    let [question, met, not_met, unknown] = texts;
    Words { question, met, not_met, unknown }
}

pub(super) const fn family(family: Family) -> &'static str {
    match family {
        Family::Identity => "Who stands behind it",
        Family::Listing => "What curators say",
        Family::Intent => "Whom it takes",
        Family::Domain => "Its name",
        Family::Service => "How well it runs",
        Family::Policies => "Rules and promises",
        Family::Finance => "Money",
        Family::Operator => "The operator",
        Family::Resources => "Energy and other resources",
        Family::DataAccess => "Who can read data",
        Family::Portability => "Leaving again",
    }
}

pub(super) const fn criterion(criterion: Criterion) -> Words {
    match criterion.family() {
        Family::Identity | Family::Listing | Family::Intent | Family::Domain => about_it(criterion),
        Family::Service => service(criterion),
        Family::Policies => policies(criterion),
        Family::Finance | Family::Operator => operator(criterion),
        Family::Resources | Family::DataAccess | Family::Portability => practice(criterion),
    }
}

const fn about_it(criterion: Criterion) -> Words {
    words(match criterion {
        Criterion::SignedProfile => [
            "Does its operator publish a signed profile?",
            "Its operator publishes a signed profile",
            "Its operator publishes no signed profile that is valid",
            "Whether its operator publishes a signed profile is not known",
        ],
        Criterion::NameConfirmed => [
            "Is it confirmed whose server it is?",
            "It is confirmed whose server it is",
            "Somebody claims the name, and nothing confirms it",
            "Whose server it is is not known",
        ],
        Criterion::KeysUnchanged => [
            "Does it still have the keys that curators endorsed?",
            "Its keys are those that curators endorsed",
            "Its keys have changed since curators endorsed it",
            "Whether its keys are those that curators endorsed is not known",
        ],
        Criterion::Contacts => [
            "Are contacts published as the Matrix specification has them?",
            "Contacts are published as the Matrix specification has them",
            "No contacts are published as the Matrix specification has them",
            "How to reach the people behind it is not known",
        ],
        Criterion::Team => [
            "Is the team known: two or more people who can be found?",
            "Two or more people of the team can be found",
            "Fewer than two people of the team can be found",
            "Who the team is is not known",
        ],
        Criterion::Endorsed => [
            "Does a trusted curator recommend or list it?",
            "A trusted curator recommends or lists it",
            "No trusted curator recommends or lists it",
            "Whether a trusted curator recommends or lists it is not known",
        ],
        Criterion::EndorsedTwice => [
            "Do two independent voices recommend or list it?",
            "Two independent voices recommend or list it",
            "Fewer than two independent voices recommend or list it",
            "Whether two independent voices recommend or list it is not known",
        ],
        Criterion::NotRejected => [
            "Is it free of rejections by curators who are trusted enough to decide?",
            "No curator who is trusted enough to decide rejects it",
            "A curator who is trusted enough to decide rejects it",
            "Whether a curator who is trusted enough rejects it is not known",
        ],
        Criterion::NoWarning => [
            "Is it free of warnings by curators who are trusted enough to decide?",
            "No curator who is trusted enough to decide warns about it",
            "A curator who is trusted enough to decide warns about it",
            "Whether a curator who is trusted enough warns about it is not known",
        ],
        Criterion::WaitingPeriodOver => [
            "Has it been known for long enough?",
            "It has been known for long enough",
            "It has not been known for long enough",
            "Since when it exists is not known",
        ],
        Criterion::ServesPublic => [
            "Are accounts meant for everybody?",
            "Accounts are meant for everybody",
            "Accounts are not meant for everybody",
            "Whom accounts are meant for is not known",
        ],
        Criterion::RegistrationDefined => [
            "Is it clear how one gets an account?",
            "It is known how one gets an account",
            "It is not clear how one gets an account",
            "How one gets an account is not known",
        ],
        Criterion::RegistrationOpen => [
            "Can people get an account whom nobody there knows?",
            "People whom nobody there knows can get an account",
            "People whom nobody there knows cannot get an account",
            "Whether people whom nobody there knows can get an account is not known",
        ],
        Criterion::IntakeOpen => [
            "Does it take new people at the moment?",
            "It takes new people at the moment",
            "It takes no new people at the moment",
            "Whether it takes new people at the moment is not known",
        ],
        Criterion::RegistrableName => [
            "Is its name a domain of its own?",
            "Its name is a domain of its own",
            "Its name is a part of another domain, or none",
            "Whether its name is a domain of its own is not known",
        ],
        Criterion::NotFreeSuffix => [
            "Is its name one that nobody gave away for free?",
            "Its name is under no suffix that is given away for free",
            "Its name is under a suffix that is given away for free",
            "Whether its name was given away for free is not known",
        ],
        _ => [
            "Is it another than the servers that everybody is sent to already?",
            "It is none of the servers that everybody is sent to already",
            "It is one of the servers that everybody is sent to already",
            "Whether everybody is sent there already is not known",
        ],
    })
}

const fn service(criterion: Criterion) -> Words {
    words(match criterion {
        Criterion::ReachableClient => [
            "Do apps reach it?",
            "Apps reach it",
            "Apps do not reach it",
            "Whether apps reach it is not known",
        ],
        Criterion::ReachableFederation => [
            "Do other servers reach it?",
            "Other servers reach it",
            "Other servers do not reach it",
            "Whether other servers reach it is not known",
        ],
        Criterion::Uptime30d => [
            "Did it answer often enough in the last 30 days?",
            "It answered often enough in the last 30 days",
            "It did not answer often enough in the last 30 days",
            "How often it answered in the last 30 days is not known",
        ],
        Criterion::Uptime90d => [
            "Did it answer often enough in the last 90 days?",
            "It answered often enough in the last 90 days",
            "It did not answer often enough in the last 90 days",
            "How often it answered in the last 90 days is not known",
        ],
        Criterion::SoftwareSupported => [
            "Does its software still get security fixes?",
            "Its software still gets security fixes",
            "Its software gets no security fixes any more",
            "Whether its software still gets security fixes is not known",
        ],
        Criterion::SoftwareCurrent => [
            "Is its software up to date?",
            "Its software is up to date",
            "Its software is not up to date",
            "Whether its software is up to date is not known",
        ],
        Criterion::CertificateNotExpiring => [
            "Does its certificate last for a while?",
            "Its certificate lasts for a while",
            "Its certificate runs out soon, or has run out",
            "How long its certificate lasts is not known",
        ],
        Criterion::RegistrationAsDeclared => [
            "Is registration as its operator says?",
            "Registration is as its operator says",
            "Registration is not as its operator says",
            "Whether registration is as its operator says is not known",
        ],
        _ => [
            "Can it be reached over IPv6?",
            "It can be reached over IPv6",
            "It cannot be reached over IPv6",
            "Whether it can be reached over IPv6 is not known",
        ],
    })
}

const fn policies(criterion: Criterion) -> Words {
    words(match criterion {
        Criterion::Terms => [
            "Are its terms of use published?",
            "Its terms of use are published",
            "Its terms of use are not published",
            "Where its terms of use are is not known",
        ],
        Criterion::Privacy => [
            "Is its privacy statement published?",
            "Its privacy statement is published",
            "Its privacy statement is not published",
            "Where its privacy statement is is not known",
        ],
        Criterion::Rules => [
            "Are its rules for living together published?",
            "Its rules for living together are published",
            "Its rules for living together are not published",
            "Where its rules for living together are is not known",
        ],
        Criterion::ModerationPolicy => [
            "Is it published how it is moderated?",
            "It is published how it is moderated",
            "It is not published how it is moderated",
            "How it is moderated is not known",
        ],
        Criterion::ModerationDeciders => [
            "Is it said who decides about moderation?",
            "It is said who decides about moderation",
            "It is not said who decides about moderation",
            "Who decides about moderation is not known",
        ],
        Criterion::ModerationCriteria => [
            "Is it said by which criteria moderators decide?",
            "It is said by which criteria moderators decide",
            "It is not said by which criteria moderators decide",
            "By which criteria moderators decide is not known",
        ],
        Criterion::ModerationAppeal => [
            "Is it said how a moderator’s decision can be contested?",
            "It is said how a moderator’s decision can be contested",
            "It is not said how a moderator’s decision can be contested",
            "How a moderator’s decision can be contested is not known",
        ],
        Criterion::ModerationContact => [
            "Is it said whom to tell about abuse?",
            "It is said whom to tell about abuse",
            "It is not said whom to tell about abuse",
            "Whom to tell about abuse is not known",
        ],
        Criterion::LegalPosition => [
            "Does it say what the law of this community’s country means for its users?",
            "It says what the law of this community’s country means for its users",
            "It does not say what the law of this community’s country means for its users",
            "What the law of this community’s country means for its users is not known",
        ],
        _ => [
            "Does it compare its business model with those of other services?",
            "It compares its business model with those of other services",
            "It does not compare its business model with those of other services",
            "How its business model compares with those of other services is not known",
        ],
    })
}

const fn operator(criterion: Criterion) -> Words {
    words(match criterion {
        Criterion::ReportPublic => [
            "Is there a public report of income and spending?",
            "There is a public report of income and spending",
            "There is no public report of income and spending",
            "Whether there is a public report of income and spending is not known",
        ],
        Criterion::ReportLinked => [
            "Is the report of income and spending one link away from the home page, without a login?",
            "The report of income and spending is one link away from the home page",
            "The report of income and spending is not linked from the home page, or needs a login",
            "Whether the report of income and spending is linked from the home page is not known",
        ],
        Criterion::ReportCurrent => [
            "Is the report of income and spending new enough?",
            "The report of income and spending is new enough",
            "The report of income and spending is too old",
            "How old the report of income and spending is is not known",
        ],
        Criterion::MonthsStated => [
            "Is it said for how many months there is money?",
            "It is said for how many months there is money",
            "It is not said for how many months there is money",
            "For how many months there is money is not known",
        ],
        Criterion::MonthsCovered => [
            "Is there money for long enough?",
            "There is money for long enough",
            "There is not money for long enough",
            "Whether there is money for long enough is not known",
        ],
        Criterion::PaidByUsers => [
            "Do those who use it pay for most of it?",
            "Those who use it pay for most of it",
            "Others than those who use it pay for most of it",
            "Who pays for most of it is not known",
        ],
        Criterion::PriceFollowsCost => [
            "Does the price follow what it costs to run?",
            "The price follows what it costs to run",
            "The price does not follow what it costs to run",
            "Whether the price follows what it costs to run is not known",
        ],
        Criterion::GroupPlans => [
            "Can a group pay for its members together?",
            "A group can pay for its members together",
            "A group cannot pay for its members together",
            "Whether a group can pay for its members together is not known",
        ],
        Criterion::SelfSetLimits => [
            "Can users set limits for themselves?",
            "Users can set limits for themselves",
            "Users cannot set limits for themselves",
            "Whether users can set limits for themselves is not known",
        ],
        Criterion::NotPrivatePerson => [
            "Is the operator more than one private person?",
            "The operator is more than one private person",
            "The operator is one private person",
            "Whether the operator is more than one private person is not known",
        ],
        Criterion::Association => [
            "Is the operator an association or a cooperative?",
            "The operator is an association or a cooperative",
            "The operator is neither an association nor a cooperative",
            "Whether the operator is an association or a cooperative is not known",
        ],
        Criterion::NonProfit => [
            "Does the operator work without profit?",
            "The operator works without profit",
            "The operator works for profit",
            "Whether the operator works for profit is not known",
        ],
        _ => [
            "Can more than one person help when one is gone?",
            "More than one person can help when one is gone",
            "Nobody can help when one person is gone",
            "Whether more than one person can help when one is gone is not known",
        ],
    })
}

const fn practice(criterion: Criterion) -> Words {
    words(match criterion {
        Criterion::EnergyReported => [
            "Is it said how much energy it uses?",
            "It is said how much energy it uses",
            "It is not said how much energy it uses",
            "How much energy it uses is not known",
        ],
        Criterion::SupplierNamed => [
            "Is it said who supplies the energy?",
            "It is said who supplies the energy",
            "It is not said who supplies the energy",
            "Who supplies the energy is not known",
        ],
        Criterion::Renewable => [
            "Does all energy come from renewable sources?",
            "All energy comes from renewable sources",
            "Not all energy comes from renewable sources",
            "Where the energy comes from is not known",
        ],
        Criterion::OtherReported => [
            "Are other resources reported: water, hardware, carbon dioxide?",
            "Other resources are reported",
            "Other resources are not reported",
            "Which other resources it uses is not known",
        ],
        Criterion::ReadersStated => [
            "Is it said who can read what users write?",
            "It is said who can read what users write",
            "It is not said who can read what users write",
            "Who can read what users write is not known",
        ],
        Criterion::AccessSecured => [
            "Is it said how access to data is secured?",
            "It is said how access to data is secured",
            "It is not said how access to data is secured",
            "How access to data is secured is not known",
        ],
        Criterion::AccessLogged => [
            "Is access to data logged?",
            "Access to data is logged",
            "Access to data is not logged",
            "Whether access to data is logged is not known",
        ],
        Criterion::EncryptedAtRest => [
            "Are data encrypted where they are stored?",
            "Data are encrypted where they are stored",
            "Data are not encrypted where they are stored",
            "Whether data are encrypted where they are stored is not known",
        ],
        Criterion::Backups => [
            "Are there backups?",
            "There are backups",
            "There are no backups",
            "Whether there are backups is not known",
        ],
        Criterion::AccountExport => [
            "Can users take their account’s data with them?",
            "Users can take their account’s data with them",
            "Users cannot take their account’s data with them",
            "Whether users can take their account’s data with them is not known",
        ],
        Criterion::AccountImport => [
            "Can users bring an account’s data from elsewhere?",
            "Users can bring an account’s data from elsewhere",
            "Users cannot bring an account’s data from elsewhere",
            "Whether users can bring an account’s data from elsewhere is not known",
        ],
        Criterion::Deactivation => [
            "Can users deactivate their account by themselves?",
            "Users can deactivate their account by themselves",
            "Users cannot deactivate their account by themselves",
            "Whether users can deactivate their account by themselves is not known",
        ],
        Criterion::ShutdownNotice => [
            "Are users told in advance when it closes?",
            "Users are told in advance when it closes",
            "Users are not told in advance when it closes",
            "Whether users are told in advance when it closes is not known",
        ],
        _ => [
            "Are users told in advance of new terms or prices?",
            "Users are told in advance of new terms or prices",
            "Users are not told in advance of new terms or prices",
            "Whether users are told in advance of new terms or prices is not known",
        ],
    })
}
