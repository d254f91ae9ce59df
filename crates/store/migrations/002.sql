-- How the lists of communities changed: what each was last told by, what was told last of each
-- server, and what was told. The texts of standings and changes are JSON.

-- The policy by which the list of a community was made when a change of it was last told.
CREATE TABLE told_lists (
    id INTEGER PRIMARY KEY,
    community TEXT NOT NULL UNIQUE,
    policy BLOB NOT NULL
) STRICT;

CREATE TABLE told_servers (
    id INTEGER PRIMARY KEY,
    community TEXT NOT NULL,
    server_name TEXT NOT NULL,
    -- What tells at a glance that a server has not moved.
    mark TEXT NOT NULL,
    standing TEXT NOT NULL,
    UNIQUE (community, server_name)
) STRICT;

CREATE TABLE told_changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    community TEXT NOT NULL,
    server_name TEXT,
    change TEXT NOT NULL
) STRICT;

CREATE INDEX told_changes_by_community ON told_changes (community, id);
CREATE INDEX told_changes_by_server ON told_changes (server_name, id)
    WHERE server_name IS NOT NULL;
CREATE INDEX told_changes_by_time ON told_changes (at);
