//! Identifiers of the Matrix specification other than server names.

use crate::server_name::is_server_name;
use crate::text::text_type;

/// The longest user or room identifier, in bytes, with sigil and server name (Matrix
/// specification, Appendices, "Common identifier format").
pub const MAX_MATRIX_ID_BYTES: usize = 255;

/// Why a text is not a [`UserId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a Matrix user id like @admin:example.org")]
pub struct UserIdError;

text_type! {
    /// A Matrix user id: `@admin:example.org`. The part before the colon may have any
    /// visible ASCII character, as user ids of old do.
    UserId, UserIdError, |text| if is_user_id(&text) { Ok(text) } else { Err(UserIdError) }
}

fn is_user_id(text: &str) -> bool {
    split(text, '@').is_some_and(|(local, server_name)| {
        !local.is_empty()
            && local.bytes().all(|byte| byte.is_ascii_graphic())
            && is_server_name(server_name)
    })
}

/// Why a text is not a [`RoomAddress`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a Matrix room address like #rules:example.org or a room id like !abc:example.org")]
pub struct RoomAddressError;

text_type! {
    /// How to find a Matrix room: an alias (`#rules:example.org`) or a room id
    /// (`!abc:example.org`, or without a server name since room version 12).
    RoomAddress, RoomAddressError,
    |text| if is_room_address(&text) { Ok(text) } else { Err(RoomAddressError) }
}

fn is_room_address(text: &str) -> bool {
    let is_opaque = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic());
    match (split(text, '#'), text.strip_prefix('!')) {
        (Some((alias, server_name)), _) => {
            crate::Text::new(alias).is_ok() && is_server_name(server_name)
        }
        (None, Some(id)) => {
            text.len() <= MAX_MATRIX_ID_BYTES
                && match id.split_once(':') {
                    Some((id, server_name)) => is_opaque(id) && is_server_name(server_name),
                    None => is_opaque(id),
                }
        }
        (None, None) => false,
    }
}

/// Splits `@local:server.name` at its first colon.
fn split(text: &str, sigil: char) -> Option<(&str, &str)> {
    if text.len() > MAX_MATRIX_ID_BYTES {
        return None;
    }
    text.strip_prefix(sigil)?.split_once(':')
}

/// Why a text is not a [`NamespacedId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an identifier like m.role.admin: a-z first, then a-z, 0-9, \".\", \"-\" and \"_\""
)]
pub struct NamespacedIdError;

text_type! {
    /// A name that Matrix or others define, like `m.role.admin` or `m.login.password`
    /// (Matrix specification, Appendices, "Common Namespaced Identifier Grammar").
    NamespacedId, NamespacedIdError,
    |text| if is_namespaced_id(&text) { Ok(text) } else { Err(NamespacedIdError) }
}

fn is_namespaced_id(text: &str) -> bool {
    text.len() <= MAX_MATRIX_ID_BYTES
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_ids() {
        for text in ["@admin:example.org", "@a/b=c:example.org:8448", "@Old.Name!:example.org"] {
            assert_eq!(UserId::new(text).unwrap().as_str(), text);
        }
        for text in [
            "",
            "@",
            "admin:example.org",
            "@admin",
            "@:example.org",
            "@a b:example.org",
            "@ü:example.org",
            "@admin:",
            "@admin:Example.org",
            &format!("@{}:e.org", "a".repeat(250)),
        ] {
            assert_eq!(UserId::new(text), Err(UserIdError), "{text:?}");
        }
    }

    #[test]
    fn room_addresses() {
        for text in [
            "#rules:example.org",
            "#Größe:example.org",
            "!abc:example.org",
            "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM",
        ] {
            assert_eq!(RoomAddress::new(text).unwrap().as_str(), text);
        }
        for text in [
            "",
            "#",
            "!",
            "rules:example.org",
            "#rules",
            "#:example.org",
            "!a b",
            "#a\u{202E}b:example.org",
            "!:example.org",
            &format!("!{}", "a".repeat(255)),
        ] {
            assert_eq!(RoomAddress::new(text), Err(RoomAddressError), "{text:?}");
        }
    }

    #[test]
    fn namespaced_ids() {
        for text in ["m.role.admin", "org.matrix.msc4121.role.moderator"] {
            assert_eq!(NamespacedId::new(text).unwrap().as_str(), text);
        }
        for text in ["", "M.role", ".m", "1m", "m role", &"m".repeat(256)] {
            assert_eq!(NamespacedId::new(text), Err(NamespacedIdError), "{text:?}");
        }
    }
}
