"""Two text forms of Wellspring: server names and links (sections 3.2 and 3.11 of docs/specification.md)."""

import ipaddress
import re


def server_name(text):
    """The code of the first broken rule; nothing where the text is a server name."""
    if not text:
        return "server-name.empty"
    if len(text.encode()) > 230:
        return "server-name.too-long"
    if "/" in text or text[0] in "@#!":
        return "server-name.more-than-a-name"
    if re.search("[A-Z]", text):
        return "server-name.upper-case"
    if text[0] == "[" and "]" not in text:
        return "server-name.bad-address"
    start = text.index("]") if text[0] == "[" else 0
    colon = text.find(":", start)
    host, port = (text, None) if colon < 0 else (text[:colon], text[colon + 1 :])
    if port is not None and not (re.fullmatch("[1-9][0-9]{0,4}", port) and int(port) <= 65_535):
        return "server-name.bad-port"
    if host[:1] == "[":
        return None if host[-1] == "]" and is_ipv6(host[1:-1]) else "server-name.bad-address"
    if not re.fullmatch("[a-z0-9.-]*", host):
        return "server-name.forbidden-character"
    if len(host) > 1 and host.endswith("."):
        return "server-name.trailing-dot"
    labels = host.split(".")
    if not all(re.fullmatch("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", label) for label in labels):
        return "server-name.bad-label"
    if re.fullmatch("[0-9]+|0x[0-9a-f]*", labels[-1]) and not is_ipv4(labels):
        return "server-name.bad-address"
    return None


def is_ipv4(labels):
    numbers = all(re.fullmatch("0|[1-9][0-9]{0,2}", label) and int(label) <= 255 for label in labels)
    return len(labels) == 4 and numbers


def is_ipv6(text):
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return False
    mapped = address.ipv4_mapped
    return "%" not in text and text == (f"::ffff:{mapped}" if mapped else address.compressed)


def link(text):
    """The value of a link; nothing where the text is none."""
    parts = re.fullmatch(r"https://([^/?#]*)(([^?#]*).*)", text, re.DOTALL)
    if not parts or len(text.encode()) > 2_048:
        return None
    if not re.fullmatch(r"([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*", text):
        return None
    authority, rest, path = parts.groups()
    authority = authority.lower()
    segments = path.replace("%2e", ".").replace("%2E", ".").split("/")
    if server_name(authority) or {".", ".."} & set(segments):
        return None
    slash = "" if rest.startswith("/") else "/"
    value = f"https://{authority.removesuffix(':443')}{slash}{rest}"
    return value if len(value) <= 2_048 else None
