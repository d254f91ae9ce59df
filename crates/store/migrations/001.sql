-- "WSPR": a database of another program is never taken for one of ours.
PRAGMA application_id = 0x57535052;

-- Times are seconds since 1970-01-01T00:00:00Z; identities and hashes are 32 bytes.

-- The latest time at which this node did something, by its own clock: a clock that is set
-- back must not bring expired documents back.
CREATE TABLE clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    latest_at INTEGER NOT NULL
) STRICT;

-- The key histories known of each issuer. Documents count under `accepted_state`, the hash
-- of the last accepted key state; `key_histories` lists the accepted history and its rivals,
-- and the same for those who decided a contest for themselves.
CREATE TABLE issuers (
    id INTEGER PRIMARY KEY,
    issuer TEXT NOT NULL UNIQUE,
    accepted_state TEXT NOT NULL,
    is_contested INTEGER NOT NULL CHECK (is_contested IN (0, 1)),
    key_histories TEXT NOT NULL
) STRICT;

CREATE INDEX contested_issuers ON issuers (issuer) WHERE is_contested = 1;

-- Each feed, once for each key state under which it has documents, with the mark that it has
-- reached there. It stays when the bytes of its document are erased.
CREATE TABLE feeds (
    id INTEGER PRIMARY KEY,
    issuer_id INTEGER NOT NULL REFERENCES issuers (id),
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    key_state TEXT NOT NULL,
    key_version INTEGER NOT NULL,
    mark_sequence INTEGER NOT NULL,
    mark_identity BLOB NOT NULL,
    UNIQUE (issuer_id, kind, subject, key_state)
) STRICT;

CREATE INDEX feeds_by_subject ON feeds (kind, subject);

CREATE TABLE documents (
    id INTEGER PRIMARY KEY,
    feed_id INTEGER NOT NULL REFERENCES feeds (id),
    identity BLOB NOT NULL UNIQUE,
    bytes_hash BLOB NOT NULL UNIQUE,
    sequence INTEGER NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- What it is to its feed under its key state, whether that counts or not.
    status TEXT NOT NULL CHECK (status IN ('current', 'superseded', 'equivocating')),
    accepted_at INTEGER NOT NULL,
    -- When its feed, or its issuer's keys, moved on, or its name withdrew it.
    superseded_at INTEGER
) STRICT;

CREATE UNIQUE INDEX one_current_document_per_feed ON documents (feed_id) WHERE status = 'current';
CREATE INDEX documents_by_place ON documents (feed_id, sequence);
CREATE INDEX equivocations ON documents (feed_id) WHERE status = 'equivocating';
CREATE INDEX erasable_documents ON documents (superseded_at) WHERE superseded_at IS NOT NULL;

-- The exact bytes, apart from what is looked through often.
CREATE TABLE document_bytes (
    document_id INTEGER PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    bytes BLOB NOT NULL
) STRICT;

CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    location TEXT NOT NULL,
    etag TEXT,
    last_modified TEXT,
    last_attempt INTEGER,
    last_good INTEGER,
    failure_code TEXT,
    failure_message TEXT,
    consecutive_failures INTEGER NOT NULL DEFAULT 0,
    failing_since INTEGER,
    -- How it said that it has no document; an attempt that fails leaves it as it was.
    absent TEXT CHECK (absent IN ('not-found', 'gone', 'unlisted')),
    next_attempt INTEGER,
    -- When the first copy of an adopted list was read; also where that copy was empty.
    first_copy_at INTEGER,
    UNIQUE (kind, location)
) STRICT;

-- The last round of asking the sources that came to its end.
CREATE TABLE rounds (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    began_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    asked INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    failed INTEGER NOT NULL
) STRICT;

CREATE TABLE document_sources (
    id INTEGER PRIMARY KEY,
    document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    first_seen_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    -- Since when a mirror that listed it no longer does.
    dropped_at INTEGER,
    UNIQUE (document_id, source_id)
) STRICT;

CREATE INDEX document_sources_by_source ON document_sources (source_id);

-- The parts of the index that each mirror had last, so that only those that changed are
-- fetched again.
CREATE TABLE mirror_parts (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    hash BLOB NOT NULL,
    bytes BLOB NOT NULL,
    UNIQUE (source_id, hash)
) STRICT;

CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    issuer_id INTEGER NOT NULL REFERENCES issuers (id),
    feed_id INTEGER NOT NULL REFERENCES feeds (id),
    identity BLOB NOT NULL,
    server_name TEXT,
    event TEXT NOT NULL
) STRICT;

CREATE INDEX changes_by_issuer ON changes (issuer_id, id);
CREATE INDEX changes_by_server ON changes (server_name, id) WHERE server_name IS NOT NULL;

-- What the profile's address of each name served.
CREATE TABLE sights (
    id INTEGER PRIMARY KEY,
    server_name TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    identity BLOB,
    issuer TEXT,
    seen_at INTEGER NOT NULL,
    first_seen_at INTEGER NOT NULL,
    name_first_seen_at INTEGER NOT NULL,
    profile_first_seen_at INTEGER,
    absent_since INTEGER,
    absent_answers INTEGER
) STRICT;

-- Since when each issuer's profile is known at a name, also of those that came before.
CREATE TABLE issuer_sights (
    id INTEGER PRIMARY KEY,
    server_name TEXT NOT NULL,
    issuer TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL,
    UNIQUE (server_name, issuer)
) STRICT;

-- Since when each name stands on a list that this node adopted.
CREATE TABLE adopted_names (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    server_name TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL,
    in_first_copy INTEGER NOT NULL CHECK (in_first_copy IN (0, 1)),
    UNIQUE (source_id, server_name)
) STRICT;

-- Server names that somebody proposed to this node, so that it asks them for a profile.
CREATE TABLE submissions (
    id INTEGER PRIMARY KEY,
    server_name TEXT NOT NULL UNIQUE,
    -- The registered domain that the name belongs to, of which only so many are kept.
    domain TEXT NOT NULL,
    submitted_at INTEGER NOT NULL
) STRICT;

CREATE INDEX submissions_by_domain ON submissions (domain);

-- Rows that were found damaged and taken out of their tables, so that nothing goes away
-- without a trace: their columns as JSON, and the bytes of a document.
CREATE TABLE taken_out (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    from_table TEXT NOT NULL,
    from_row INTEGER NOT NULL,
    problem TEXT NOT NULL,
    columns TEXT NOT NULL,
    bytes BLOB
) STRICT;
