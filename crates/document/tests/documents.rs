//! What must hold for every document: signing and reading are inverse, and nothing of a
//! signed document can be altered.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

mod signer;

use proptest::prelude::*;
use wellspring_document::json::{self, Value};
use wellspring_document::profile::{
    About, Audience, Listing, Pricing, PricingModel, Registration, RegistrationMode,
};
use wellspring_document::{
    Curator, Draft, Endorsement, EndorsementList, KeyHistory, KeyState, Kind, Label, LanguageTag,
    Link, Localized, LongText, Profile, Quorum, RawDocument, ServerName, SigningKey, Text,
    Timestamp, Verdict, Verified, proof, sign,
};

fn issued_at() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn keys(count: u8) -> Vec<SigningKey> {
    (1..=count).map(|seed| SigningKey::from_seed([seed; 32])).collect()
}

/// A profile that all of `keys` must sign.
fn signed(body: &Profile, keys: &[SigningKey], sequence: u64) -> RawDocument {
    let threshold = keys.len().try_into().unwrap();
    let history = KeyHistory::genesis(issued_at(), keys, threshold).unwrap();
    let expires_at = issued_at().plus_days(400);
    sign(&Draft { history: &history, sequence, issued_at: issued_at(), expires_at, body }, keys)
        .unwrap()
}

fn verify(bytes: impl Into<bytes::Bytes>) -> Option<Verified<Profile>> {
    RawDocument::new(bytes).verify().ok()
}

fn read(bytes: &[u8]) -> Option<Value> {
    json::read(bytes, Kind::Profile.max_bytes()).ok()
}

fn text() -> impl Strategy<Value = Text> {
    prop_oneof!["[a-zA-Z ]{1,40}", "\\PC{1,40}"]
        .prop_filter_map("not a text", |text| Text::new(text).ok())
}

fn localized() -> impl Strategy<Value = Localized> {
    let language = prop::sample::select(vec!["de", "en", "fa", "pt-BR", "und", "zh-Hant"])
        .prop_map(|tag| LanguageTag::new(tag).unwrap());
    prop::collection::btree_map(language, text(), 1..4)
        .prop_map(|texts| Localized::try_from(texts).unwrap())
}

fn link() -> impl Strategy<Value = Link> {
    "https://[a-z]{1,9}\\.example/[a-zé?=&%20]{0,12}"
        .prop_filter_map("not a link", |text| Link::new(text).ok())
}

fn labels() -> impl Strategy<Value = Vec<Label>> {
    prop::collection::btree_set("[a-z0-9]{1,9}(-[a-z0-9]{1,9}){0,2}", 0..4)
        .prop_map(|words| words.into_iter().map(|word| Label::new(word).unwrap()).collect())
}

prop_compose! {
    fn about()(
        name in localized(),
        description in prop::option::of(text()),
        website in prop::option::of(link()),
        topics in labels(),
        audience in prop::sample::select(vec![None, Some(Audience::Public), Some(Audience::Members)]),
        listing in prop::sample::select(vec![None, Some(Listing::Listed), Some(Listing::Unlisted)]),
    ) -> About {
        let description = description
            .map(|text| Localized::single(LanguageTag::english(), LongText::from(text)));
        let name = Some(name);
        About { name, description, website, topics, audience, listing, ..About::default() }
    }
}

prop_compose! {
    fn registration()(
        mode in prop::sample::select(vec![RegistrationMode::Open, RegistrationMode::Closed]),
        captcha in any::<Option<bool>>(),
        approval_hours in prop::option::of(0_u32..=8_784),
        minimum_age in prop::option::of(0_u8..=120),
    ) -> Registration {
        let mode = Some(mode);
        Registration { mode, captcha, approval_hours, minimum_age, ..Registration::default() }
    }
}

prop_compose! {
    fn any_profile()(
        server_name in "[a-z][a-z0-9]{0,9}(\\.[a-z][a-z0-9]{0,9}){0,3}(:[1-9][0-9]{0,3})?",
        about in about(),
        registration in prop::option::of(registration()),
        trial_days in prop::option::of(0_u32..=3_653),
    ) -> Profile {
        let server_name = ServerName::parse(&server_name).unwrap();
        let mut profile = Profile::new(server_name, about.name.clone().unwrap());
        profile.about = about;
        profile.registration = registration;
        profile.pricing = trial_days.map(|days| Pricing {
            model: Some(PricingModel::Mixed),
            trial_days: Some(days),
            ..Pricing::default()
        });
        profile
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_signed_is_read_back(
        body in any_profile(),
        signers in 1_u8..=4,
        sequence in 1_u64..=9_007_199_254_740_991,
    ) {
        let keys = keys(signers);
        let raw = signed(&body, &keys, sequence);
        let verified = raw.clone().verify::<Profile>().unwrap();
        prop_assert_eq!(verified.body(), &body);
        prop_assert_eq!(verified.sequence(), sequence);
        prop_assert_eq!(verified.subject(), body.server_name.to_string());
        prop_assert_eq!(verified.signers(), &keys.iter().map(SigningKey::public).collect());

        // What is written is canonical, and any other spelling is the same document.
        let value = read(raw.bytes()).unwrap();
        prop_assert_eq!(&json::canonical(&value), raw.bytes());
        let pretty = verify(serde_json::to_vec_pretty(&value).unwrap()).unwrap();
        prop_assert_eq!(pretty.identity(), verified.identity());
    }

    #[test]
    fn no_byte_can_be_replaced_inserted_or_removed(
        body in any_profile(),
        signers in 1_u8..=3,
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 32),
    ) {
        let raw = signed(&body, &keys(signers), 1);
        let value = read(raw.bytes());
        for (at, byte, how) in places {
            let mut bytes = raw.bytes().to_vec();
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
            if verify(bytes.clone()).is_some() {
                let text = String::from_utf8_lossy(&bytes);
                prop_assert_eq!(read(&bytes), value.clone(), "{:?}", text);
            }
        }
    }
}

/// Not left to chance: the canonical form has no bit without a meaning.
#[test]
fn no_bit_can_be_flipped_and_no_end_cut_off() {
    let name = Localized::english("Gärtner \"\\").unwrap();
    let body = Profile::new(ServerName::parse("a.example").unwrap(), name);
    let raw = signed(&body, &keys(1), 1);
    assert!(verify(raw.bytes().clone()).is_some());
    for at in 0..raw.bytes().len() {
        for bit in 0..8 {
            let mut bytes = raw.bytes().to_vec();
            bytes[at] ^= 1 << bit;
            assert!(verify(bytes.clone()).is_none(), "{}", String::from_utf8_lossy(&bytes));
        }
        assert!(verify(raw.bytes().slice(..at)).is_none(), "cut off at {at}");
    }
}

#[test]
fn a_review_from_the_future_is_refused_when_it_is_signed_and_when_it_is_read() {
    let key = SigningKey::from_seed([1; 32]);
    let issued_at: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    let history = KeyHistory::genesis(issued_at, std::slice::from_ref(&key), 1).unwrap();
    let server_name = ServerName::parse("example.org").unwrap();
    let mut entry = Endorsement::new(server_name, Verdict::Endorse);
    entry.reviewed_at = Some("2100-01-01".parse().unwrap());
    let curator = Curator::new(Localized::english("Curators").unwrap());
    let body = EndorsementList { entries: vec![entry], ..EndorsementList::new(curator) };
    let expires_at = issued_at.plus_days(90);
    let draft = Draft { history: &history, sequence: 1, issued_at, expires_at, body: &body };
    let refusal = sign(&draft, &[key]).unwrap_err();
    assert_eq!(refusal.code(), "schema.bad-member");
    insta::assert_snapshot!(refusal, @"no node would take the document: entries[0].reviewed_at: must not be later than issued_at (2026-11-22)");
}

#[test]
fn all_keys_of_the_largest_state_can_be_replaced_at_once() {
    let most = u32::try_from(KeyState::MAX_KEYS).unwrap();
    let at: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    let keys = |first: u8| -> Vec<SigningKey> {
        (first..).take(KeyState::MAX_KEYS).map(|seed| SigningKey::from_seed([seed; 32])).collect()
    };
    let (old, new) = (keys(1), keys(101));
    let history = KeyHistory::genesis(at, &old, most).unwrap();
    let signing = Quorum { keys: new.iter().map(SigningKey::public).collect(), threshold: most };
    let state = KeyState { issued_at: at, signing, recovery: None };
    let rotated = history.extend(&state, &[old, new].concat()).unwrap();
    assert_eq!(rotated.version(), 2);
}

/// A signature of the right key over the right document, under other rules: those of raw
/// canonical JSON, as Matrix signs, or of another order of the hashes.
#[test]
fn a_signature_over_anything_but_both_hashes_in_their_order_does_not_count() {
    use signer::{key, multikey, proof_over, sha256};
    type Message = fn(&[u8], &[u8]) -> Vec<u8>;
    let messages: [(bool, &str, Message); 8] = [
        (true, "as the standard says", |p, d| [sha256(p), sha256(d)].concat()),
        (false, "the other order", |p, d| [sha256(d), sha256(p)].concat()),
        (false, "the document alone, as it is", |_, d| d.to_vec()),
        (false, "the hash of the document", |_, d| sha256(d)),
        (false, "the hash of the proof", |p, _| sha256(p)),
        (false, "both as they are", |p, d| [p, d].concat()),
        (false, "the hash of both", |p, d| sha256(&[p, d].concat())),
        (false, "the hash of both hashes", |p, d| sha256(&[sha256(p), sha256(d)].concat())),
    ];
    for (holds, what, message) in messages {
        let mut document = serde_json::json!({ "a": 1 });
        document["proof"] = proof_over(&document, &key(1), message);
        let report = proof::check(document.to_string().as_bytes(), 10_000, issued_at()).unwrap();
        assert_eq!(report.holds(), holds, "{what}");
        if holds {
            let signers: Vec<_> = report.signers.iter().map(ToString::to_string).collect();
            assert_eq!(signers, [multikey(&key(1))]);
            assert_eq!(document["proof"], signer::proof(&document, &key(1)));
        } else {
            assert_eq!(report.problems[0].code(), "proof.invalid-signature", "{what}");
        }
    }
}
