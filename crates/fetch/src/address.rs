//! The address rule: which addresses are public.
//!
//! Written out as a table because the standard library has no stable answer and others' answers
//! miss ranges. The rows are the IANA registries of special-purpose addresses
//! (<https://www.iana.org/assignments/iana-ipv4-special-registry>,
//! <https://www.iana.org/assignments/iana-ipv6-special-registry>) as of October 2025, multicast, ranges
//! that were withdrawn, and the addresses under which cloud providers hand out credentials.
//! A range that a registry calls globally reachable but that only carries infrastructure (anycast
//! of AS112, AMT and the like) is refused as well: no document lives there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use thiserror::Error;

/// Why an address is not public.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AddressKind {
    /// Means "this host" or "this network".
    Unspecified,
    /// Stays on this machine.
    Loopback,
    /// Stays on this link.
    LinkLocal,
    /// Belongs to a private network, in any of the forms that IPv4 and IPv6 have for it.
    Private,
    /// Hands out a cloud machine's credentials and configuration.
    Metadata,
    /// Shared between a provider and its customers.
    Shared,
    /// Carries an IPv4 address inside an IPv6 one and so could hide any of the others.
    Embedded,
    /// Kept for documentation.
    Documentation,
    /// Kept for benchmarks.
    Benchmarking,
    /// Reaches many hosts at once.
    Multicast,
    /// Reaches everybody on the link.
    Broadcast,
    /// Names something else than a host: a protocol's own range, a relay, a sink, a hash.
    Protocol,
    /// Not assigned to anybody as an ordinary address.
    Reserved,
}

impl AddressKind {
    /// The stable code of this kind.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unspecified => "address.unspecified",
            Self::Loopback => "address.loopback",
            Self::LinkLocal => "address.link-local",
            Self::Private => "address.private",
            Self::Metadata => "address.metadata",
            Self::Shared => "address.shared",
            Self::Embedded => "address.embedded",
            Self::Documentation => "address.documentation",
            Self::Benchmarking => "address.benchmarking",
            Self::Multicast => "address.multicast",
            Self::Broadcast => "address.broadcast",
            Self::Protocol => "address.protocol",
            Self::Reserved => "address.reserved",
        }
    }
}

/// An address that is not public, and the range that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{address} is not a public address: {range} is {meaning} ({source_of_rule})")]
pub struct AddressRefusal {
    /// The address that was judged.
    pub address: IpAddr,
    /// The range it lies in.
    pub range: IpNet,
    /// What kind of range that is.
    pub kind: AddressKind,
    /// What the range is for, in words that follow "is".
    pub meaning: &'static str,
    /// Where that is laid down.
    pub source_of_rule: &'static str,
}

impl AddressRefusal {
    /// The stable code, by kind of range: `address.loopback`, `address.private` and so on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }
}

/// Refuses every address that is not an ordinary public one.
pub(crate) fn require_public(address: IpAddr) -> Result<(), AddressRefusal> {
    let refusal = match address {
        IpAddr::V4(v4) => special_v4(v4),
        IpAddr::V6(v6) => special_v6(v6),
    };
    match refusal {
        None => Ok(()),
        Some((range, kind, meaning, source_of_rule)) => {
            Err(AddressRefusal { address, range, kind, meaning, source_of_rule })
        }
    }
}

/// A special-purpose range: its kind, what it is in words that follow "is", and who says so.
type Row<Range> = (Range, AddressKind, &'static str, &'static str);

fn special_v4(address: Ipv4Addr) -> Option<Row<IpNet>> {
    SPECIAL_V4
        .iter()
        .find(|(range, ..)| range.contains(&address))
        .map(|&(range, kind, meaning, rule)| (IpNet::V4(range), kind, meaning, rule))
}

fn special_v6(address: Ipv6Addr) -> Option<Row<IpNet>> {
    SPECIAL_V6
        .iter()
        .find(|(range, ..)| range.contains(&address))
        .or((!GLOBAL_UNICAST.contains(&address)).then_some(&UNASSIGNED_V6))
        .map(|&(range, kind, meaning, rule)| (IpNet::V6(range), kind, meaning, rule))
}

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6(segments: [u16; 8], bits: u8) -> Ipv6Net {
    let [a, b, c, d, e, f, g, h] = segments;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), bits)
}

use AddressKind::{
    Benchmarking, Broadcast, Documentation, Embedded, LinkLocal, Loopback, Metadata, Multicast,
    Private, Protocol, Reserved, Shared, Unspecified,
};

/// The first row that holds an address names it, so narrow ranges stand before wide ones.
const SPECIAL_V4: [Row<Ipv4Net>; 28] = [
    (v4(0, 0, 0, 0, 8), Unspecified, "\"this network\"", "RFC 791, section 3.2"),
    (v4(10, 0, 0, 0, 8), Private, "for private networks", "RFC 1918"),
    (v4(100, 100, 100, 200, 32), Metadata, "a cloud metadata service", "Alibaba Cloud"),
    (v4(100, 64, 0, 0, 10), Shared, "shared behind a provider's translation", "RFC 6598"),
    (v4(127, 0, 0, 0, 8), Loopback, "this machine itself", "RFC 1122, section 3.2.1.3"),
    (v4(168, 63, 129, 16, 32), Metadata, "a cloud platform service", "Microsoft Azure"),
    (v4(169, 254, 169, 254, 32), Metadata, "a cloud metadata service", "most cloud providers"),
    (v4(169, 254, 0, 23, 32), Metadata, "a cloud metadata service", "Tencent Cloud"),
    (v4(169, 254, 42, 42, 32), Metadata, "a cloud metadata service", "Scaleway"),
    (v4(169, 254, 170, 2, 32), Metadata, "a cloud credentials service", "AWS, tasks of ECS"),
    (v4(169, 254, 170, 23, 32), Metadata, "a cloud credentials service", "AWS, pods of EKS"),
    (v4(169, 254, 0, 0, 16), LinkLocal, "for one link only", "RFC 3927"),
    (v4(172, 16, 0, 0, 12), Private, "for private networks", "RFC 1918"),
    (v4(192, 0, 0, 192, 32), Metadata, "a cloud metadata service", "Oracle Cloud"),
    (v4(192, 0, 0, 0, 24), Protocol, "for protocols, not hosts", "RFC 6890"),
    (v4(192, 0, 2, 0, 24), Documentation, "for documentation", "RFC 5737"),
    (v4(192, 31, 196, 0, 24), Protocol, "the anycast of AS112", "RFC 7535"),
    (v4(192, 52, 193, 0, 24), Protocol, "for multicast tunnels", "RFC 7450"),
    (v4(192, 88, 99, 0, 24), Protocol, "for 6to4 relays, now withdrawn", "RFC 7526"),
    (v4(192, 168, 0, 0, 16), Private, "for private networks", "RFC 1918"),
    (v4(192, 175, 48, 0, 24), Protocol, "the anycast of AS112", "RFC 7534"),
    (v4(198, 18, 0, 0, 15), Benchmarking, "for benchmarks", "RFC 2544"),
    (v4(198, 51, 100, 0, 24), Documentation, "for documentation", "RFC 5737"),
    (v4(203, 0, 113, 0, 24), Documentation, "for documentation", "RFC 5737"),
    (v4(233, 252, 0, 0, 24), Documentation, "multicast for documentation", "RFC 6676"),
    (v4(224, 0, 0, 0, 4), Multicast, "multicast", "RFC 5771"),
    (v4(255, 255, 255, 255, 32), Broadcast, "the broadcast address", "RFC 919"),
    (v4(240, 0, 0, 0, 4), Reserved, "reserved", "RFC 1112, section 4"),
];

/// The first row that holds an address names it, so narrow ranges stand before wide ones.
const SPECIAL_V6: [Row<Ipv6Net>; 33] = [
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 128), Unspecified, "no address at all", "RFC 4291"),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), Loopback, "this machine itself", "RFC 4291"),
    (v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96), Embedded, "IPv4 written as IPv6", "RFC 4291"),
    (v6([0, 0, 0, 0, 0xffff, 0, 0, 0], 96), Embedded, "translated IPv4", "RFC 2765"),
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 96), Embedded, "IPv4 written as IPv6", "RFC 4291"),
    (v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96), Embedded, "translated IPv4", "RFC 6052"),
    (v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), Embedded, "translated IPv4", "RFC 8215"),
    (v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64), Protocol, "where packets are discarded", "RFC 6666"),
    (v6([0x100, 0, 0, 1, 0, 0, 0, 0], 64), Protocol, "a dummy prefix", "RFC 9780"),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32), Embedded, "Teredo, a tunnel of IPv4", "RFC 4380"),
    (v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48), Benchmarking, "for benchmarks", "RFC 5180"),
    (v6([0x2001, 3, 0, 0, 0, 0, 0, 0], 32), Protocol, "for multicast tunnels", "RFC 7450"),
    (v6([0x2001, 4, 0x112, 0, 0, 0, 0, 0], 48), Protocol, "the anycast of AS112", "RFC 7535"),
    (v6([0x2001, 0x10, 0, 0, 0, 0, 0, 0], 28), Protocol, "for hashes (ORCHID)", "RFC 4843"),
    (v6([0x2001, 0x20, 0, 0, 0, 0, 0, 0], 28), Protocol, "for hashes (ORCHIDv2)", "RFC 7343"),
    (v6([0x2001, 0x30, 0, 0, 0, 0, 0, 0], 28), Protocol, "for drone identities", "RFC 9374"),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), Protocol, "for protocols, not hosts", "RFC 2928"),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), Documentation, "for documentation", "RFC 3849"),
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), Embedded, "6to4, a tunnel of IPv4", "RFC 3056"),
    (v6([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48), Protocol, "the anycast of AS112", "RFC 7534"),
    (v6([0x3ffe, 0, 0, 0, 0, 0, 0, 0], 16), Reserved, "the withdrawn 6bone", "RFC 3701"),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), Documentation, "for documentation", "RFC 9637"),
    (v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16), Protocol, "for segment routing", "RFC 9602"),
    (v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128), Metadata, "a cloud metadata service", "AWS"),
    (v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23], 128), Metadata, "a cloud credentials service", "AWS"),
    (
        v6([0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42], 128),
        Metadata,
        "a cloud metadata service",
        "Scaleway",
    ),
    (
        v6([0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe], 128),
        Metadata,
        "a cloud metadata service",
        "Oracle Cloud",
    ),
    (v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128), Metadata, "a cloud metadata service", "Google"),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), Private, "for private networks", "RFC 4193"),
    (
        v6([0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe], 128),
        Metadata,
        "a cloud metadata service",
        "OpenStack",
    ),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), LinkLocal, "for one link only", "RFC 4291"),
    (v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), Private, "site-local, now withdrawn", "RFC 3879"),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), Multicast, "multicast", "RFC 4291"),
];

/// The only part of IPv6 from which public addresses are handed out
/// (<https://www.iana.org/assignments/ipv6-address-space>).
const GLOBAL_UNICAST: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// What an address outside [`GLOBAL_UNICAST`] is when no row names it.
const UNASSIGNED_V6: Row<Ipv6Net> = (
    v6([0, 0, 0, 0, 0, 0, 0, 0], 0),
    Reserved,
    "not assigned for public addresses outside 2000::/3",
    "RFC 4291, section 2.4",
);

#[cfg(test)]
mod tests;
