//! The forms of single texts (specification, section 3) as far as a schema can say them.
//!
//! Patterns keep to what every dialect of regular expressions has: no look-around, no
//! classes of Unicode, nothing beyond U+FFFF. What they cannot say is left out and never
//! said more strictly.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::code::{COUNTRIES, CURRENCIES};
use crate::profile::Logo;
use crate::{
    BytesHash, CommunityName, CountryCode, CriterionId, CurrencyCode, Date, EmailAddress, Identity,
    IssuerId, KeyPrefix, Label, LanguageTag, Link, ListSource, Localized, LongText, MAX_LANGUAGES,
    MAX_MATRIX_ID_BYTES, NamespacedId, PublicKey, RoomAddress, ServerName, Text, Timestamp, UserId,
};

/// A digit of base58btc.
const BASE58: &str = "[1-9A-HJ-NP-Za-km-z]";
const LABEL: &str = "[a-z0-9]+(-[a-z0-9]+)*";
/// Days that each month has; only 29 February is left to those who know the year.
const DATE: &str = "(19[7-9][0-9]|[2-9][0-9]{3})-\
    ((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)\
    |02-(0[1-9]|[12][0-9]))";
const HOST: &str = r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*|\[[0-9a-f:.]{2,45}\])";
/// As a host, in letters of either case.
const LINK_HOST: &str = r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*|\[[0-9A-Fa-f:.]{2,45}\])";
/// What may follow a host.
const LINK_REST: &str = r"[/?#]([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*";
const PORT: &str =
    "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
/// What stands in no text, but for the line break, which long text may have.
const FORBIDDEN: &str = r"\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb";
/// Characters that show nothing.
const INVISIBLE: &str = r"\u000a\u0020\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u202f\u205f-\u2065\u2800\u3000\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8";

/// A language tag, in the order of its subtags.
const LANGUAGE: &str = "[a-z]{2,3}(-[a-z]{3}){0,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?\
    (-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(-[0-9a-wyz](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?";

fn whole(pattern: &str) -> String {
    format!("^({pattern})$")
}

/// Makes the schema of a type with one text form: its name, a sentence, and its rules.
macro_rules! form {
    ($($type:ident: $about:literal, { $($rules:tt)* })*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "description": $about, "type": "string", $($rules)* })
            }
        }
    )*};
}

form! {
    ServerName: "A Matrix server name in lower case, with or without a port (3.2).", {
        "maxLength": ServerName::MAX_LENGTH,
        "pattern": whole(&format!("{HOST}(:{PORT})?")),
    }
    Timestamp: "A moment in UTC, in whole seconds (3.3).", {
        "format": "date-time",
        "pattern": whole(&format!("{DATE}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z")),
    }
    Date: "A day (3.3).", { "format": "date", "pattern": whole(DATE) }
    PublicKey: "An Ed25519 public key as a Multikey (3.4).", {
        "pattern": whole(&format!("z6Mk{BASE58}{{44}}")),
    }
    IssuerId: "The hash of an issuer's first key state (3.5).", {
        "pattern": whole(&format!("zQm{BASE58}{{44}}")),
    }
    BytesHash: "SHA-256 of exact bytes (3.6).", {
        "pattern": whole("[0-9a-f]{64}"),
    }
    KeyPrefix: "The first bits of the SHA-256 of a key (9.8).", {
        "maxLength": KeyPrefix::MAX_BITS,
        "pattern": whole("[01]*"),
    }
    CommunityName: "The short name of a community on its node (7.6).", {
        "pattern": whole("[a-z0-9-]{1,32}"),
    }
    Identity: "SHA-256 of a document's canonical form without its proof (3.6).", {
        "pattern": whole("[0-9a-f]{64}"),
    }
    Text: "One line of plain text that shows something (3.7).", {
        "minLength": 1,
        "maxLength": Text::MAX_CHARACTERS,
        "allOf": [
            { "pattern": format!(r"^[^\u000a{FORBIDDEN}]*$") },
            { "pattern": format!("[^{INVISIBLE}]") },
        ],
    }
    LongText: "Plain text of one or more lines that shows something (3.7).", {
        "minLength": 1,
        "maxLength": LongText::MAX_CHARACTERS,
        "allOf": [
            { "pattern": format!("^[^{FORBIDDEN}]*$") },
            { "pattern": format!("[^{INVISIBLE}]") },
        ],
    }
    LanguageTag: "A language tag of BCP 47 in its usual case (3.8).", {
        "maxLength": LanguageTag::MAX_LENGTH,
        "pattern": whole(LANGUAGE),
    }
    Label: "A short word that programs compare (3.9).", {
        "maxLength": Label::MAX_LENGTH,
        "pattern": whole(LABEL),
    }
    CriterionId: "The name of a criterion: labels with dots between them (3.9).", {
        "maxLength": CriterionId::MAX_LENGTH,
        "pattern": whole(&format!(r"{LABEL}(\.{LABEL})*")),
    }
    NamespacedId: "A name that Matrix or others define (3.9).", {
        "maxLength": MAX_MATRIX_ID_BYTES,
        "pattern": whole("[a-z][a-z0-9._-]*"),
    }
    UserId: "A Matrix user id (3.10).", {
        "maxLength": MAX_MATRIX_ID_BYTES,
        "pattern": whole(&format!("@[!-9;-~]+:{HOST}(:{PORT})?")),
    }
    RoomAddress: "A Matrix room alias or room id (3.10).", {
        "maxLength": MAX_MATRIX_ID_BYTES,
        "pattern": whole(&format!(r"#[^:\u000a{FORBIDDEN}]+:{HOST}(:{PORT})?|![!-9;-~]+(:{HOST}(:{PORT})?)?")),
    }
    EmailAddress: "An e-mail address that needs no quoting (3.10).", {
        "maxLength": EmailAddress::MAX_LENGTH,
        "pattern": whole(
            r"[A-Za-z0-9!#$'*+/=^_{|}~-]+(\.[A-Za-z0-9!#$'*+/=^_{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*",
        ),
    }
    Link: "A web address (3.11).", {
        "maxLength": Link::MAX_BYTES,
        "pattern": link(),
    }
    ListSource: "Where a list was read: a link, or `file:` and the bare name of a file (3.11).", {
        "anyOf": [
            { "maxLength": Link::MAX_BYTES, "pattern": link() },
            {
                "maxLength": "file:".len() + ListSource::MAX_FILE_NAME_BYTES,
                "pattern": format!(r"^file:[^/\\\u000a{FORBIDDEN}]+$"),
            },
        ],
    }
    CountryCode: "A country: an assigned code of ISO 3166-1 alpha-2, or XK (3.12).", {
        "enum": words(COUNTRIES),
    }
    CurrencyCode: "A currency of ISO 4217 (3.12).", {
        "enum": CURRENCIES.iter().flat_map(|(_, codes)| words(codes)).collect::<Vec<_>>(),
    }
    Logo: "A PNG picture as a data: link (3.14).", {
        "maxLength": "data:image/png;base64,".len() + Logo::MAX_BYTES.div_ceil(3) * 4,
        "pattern": whole("data:image/png;base64,iVBORw0KGgoAAAANSUhEUg[A-Za-z0-9+/]+={0,2}"),
    }
}

fn link() -> String {
    whole(&format!("https://{LINK_HOST}(:{PORT})?({LINK_REST})?"))
}

fn words(list: &str) -> Vec<&str> {
    list.split(' ').collect()
}

impl<T: JsonSchema> JsonSchema for Localized<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Localized{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "One text in one or more languages, by language tag (3.7).",
            "type": "object",
            "minProperties": 1,
            "maxProperties": MAX_LANGUAGES,
            "propertyNames": generator.subschema_for::<LanguageTag>(),
            "additionalProperties": generator.subschema_for::<T>(),
        })
    }
}

/// Localized text of which each is short enough for a heading.
pub(super) fn name() -> serde_json::Value {
    json!({ "additionalProperties": { "maxLength": crate::MAX_NAME_CHARACTERS } })
}
