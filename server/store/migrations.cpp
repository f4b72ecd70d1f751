#include "server/store/migrations.h"

#include <array>

namespace loa::server {
namespace {

constexpr std::array<db::Migration, 18> kMigrations = {{
    {1, R"sql(
CREATE TABLE areas (
  area_id TEXT PRIMARY KEY,
  parent_id TEXT REFERENCES areas(area_id),
  name TEXT NOT NULL CHECK (name <> ''),
  created_us INTEGER NOT NULL
) STRICT;
CREATE INDEX areas_by_parent ON areas(parent_id);

CREATE TABLE nodes (
  node_id TEXT PRIMARY KEY,
  area_id TEXT NOT NULL REFERENCES areas(area_id),
  name TEXT NOT NULL CHECK (name <> ''),
  public_key BLOB NOT NULL CHECK (length(public_key) = 32),
  created_us INTEGER NOT NULL
) STRICT;
CREATE INDEX nodes_by_area ON nodes(area_id);

-- What the node last said of itself.
CREATE TABLE node_status (
  node_id TEXT PRIMARY KEY REFERENCES nodes(node_id),
  seen_us INTEGER NOT NULL,
  presence TEXT NOT NULL CHECK (presence IN ('online', 'offline')),
  boot TEXT NOT NULL,
  version TEXT NOT NULL,
  plan_sha256 TEXT NOT NULL,
  clips_wanted INTEGER NOT NULL,
  clips_ready INTEGER NOT NULL,
  clock_state TEXT NOT NULL,
  clock_error_us INTEGER,
  playing TEXT NOT NULL,
  outbox INTEGER NOT NULL,
  refused TEXT NOT NULL
) STRICT;

CREATE TABLE clips (
  sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
  bytes INTEGER NOT NULL CHECK (bytes > 0),
  duration_ms INTEGER NOT NULL CHECK (duration_ms > 0),
  input_lufs REAL NOT NULL,
  output_lufs REAL NOT NULL,
  output_true_peak_dbtp REAL NOT NULL,
  bitrate INTEGER NOT NULL,
  created_us INTEGER NOT NULL
) STRICT;

CREATE TABLE recordings (
  recording_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  received_us INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('ingesting', 'ready', 'refused')),
  progress_pct INTEGER NOT NULL DEFAULT 0,
  refusal_code TEXT,
  refusal_args TEXT,
  clip_sha256 TEXT REFERENCES clips(sha256),
  CHECK ((state = 'ready') = (clip_sha256 IS NOT NULL)),
  CHECK ((state = 'refused') = (refusal_code IS NOT NULL))
) STRICT;

CREATE TABLE announcements (
  announcement_id TEXT PRIMARY KEY,
  title TEXT NOT NULL CHECK (title <> ''),
  transcript TEXT NOT NULL,
  class TEXT NOT NULL CHECK (class IN ('normal', 'priority', 'emergency')),
  clip_sha256 TEXT NOT NULL REFERENCES clips(sha256),
  created_us INTEGER NOT NULL
) STRICT;

-- rule_kind leaves room for recurrence; 'once' uses start_us.
CREATE TABLE schedules (
  schedule_id TEXT PRIMARY KEY,
  announcement_id TEXT NOT NULL REFERENCES announcements(announcement_id),
  rule_kind TEXT NOT NULL CHECK (rule_kind IN ('once')),
  start_us INTEGER NOT NULL,
  late_ms INTEGER NOT NULL CHECK (late_ms >= 0),
  volume_pct INTEGER NOT NULL CHECK (volume_pct BETWEEN 0 AND 100),
  created_us INTEGER NOT NULL,
  cancelled_us INTEGER
) STRICT;
CREATE INDEX schedules_by_start ON schedules(start_us) WHERE cancelled_us IS NULL;

CREATE TABLE schedule_areas (
  schedule_id TEXT NOT NULL REFERENCES schedules(schedule_id),
  area_id TEXT NOT NULL REFERENCES areas(area_id),
  PRIMARY KEY (schedule_id, area_id)
) STRICT, WITHOUT ROWID;

-- The newest plan of each node, as signed.
CREATE TABLE plans (
  node_id TEXT PRIMARY KEY REFERENCES nodes(node_id),
  seq INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  issued_us INTEGER NOT NULL,
  body TEXT NOT NULL,
  envelope TEXT NOT NULL
) STRICT;

-- Every play that a plan ever held: the denominator of all evidence. Never deleted by re-planning. `open` until there is
-- an outcome or it was cancelled in time.
CREATE TABLE planned_plays (
  node_id TEXT NOT NULL REFERENCES nodes(node_id),
  play_id TEXT NOT NULL,
  schedule_id TEXT NOT NULL REFERENCES schedules(schedule_id),
  announcement_id TEXT NOT NULL REFERENCES announcements(announcement_id),
  clip_sha256 TEXT NOT NULL REFERENCES clips(sha256),
  start_us INTEGER NOT NULL,
  due_us INTEGER NOT NULL,
  cancelled_us INTEGER,
  open INTEGER NOT NULL DEFAULT 1 CHECK (open IN (0, 1)),
  PRIMARY KEY (node_id, play_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX open_plays_by_due ON planned_plays(due_us) WHERE open = 1;
CREATE INDEX planned_plays_by_schedule ON planned_plays(schedule_id);

-- One per node and play. reported_us is null while only the server's own timer has spoken.
CREATE TABLE outcomes (
  node_id TEXT NOT NULL REFERENCES nodes(node_id),
  play_id TEXT NOT NULL,
  announcement_id TEXT NOT NULL,
  clip_sha256 TEXT NOT NULL,
  planned_us INTEGER NOT NULL,
  result TEXT NOT NULL CHECK (result IN ('played', 'late', 'partial', 'stopped', 'missed')),
  reason TEXT NOT NULL,
  started_us INTEGER,
  start_error_us INTEGER,
  heard_ms INTEGER NOT NULL,
  loudness_lufs REAL,
  peak_dbfs REAL,
  clock_state TEXT,
  clock_error_us INTEGER,
  historical INTEGER NOT NULL CHECK (historical IN (0, 1)),
  reported_us INTEGER,
  committed_us INTEGER NOT NULL,
  CHECK ((result = 'played') = (reason = '')),
  PRIMARY KEY (node_id, play_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX outcomes_by_planned ON outcomes(planned_us);
)sql"},
    {2, R"sql(
-- A node has a key from its enrolment until it is revoked.
ALTER TABLE nodes ADD COLUMN held_key BLOB CHECK (length(held_key) = 32);
UPDATE nodes SET held_key = public_key;
ALTER TABLE nodes DROP COLUMN public_key;
ALTER TABLE nodes RENAME COLUMN held_key TO public_key;
ALTER TABLE nodes ADD COLUMN revoked_us INTEGER;
ALTER TABLE nodes ADD COLUMN revoked_why TEXT;

-- The newest code of each node. server_seed is a secret and goes when the code is closed.
CREATE TABLE enrolment_codes (
  key_id TEXT PRIMARY KEY,
  node_id TEXT NOT NULL UNIQUE REFERENCES nodes(node_id),
  node_key BLOB NOT NULL CHECK (length(node_key) = 32),
  server_seed BLOB CHECK (length(server_seed) = 32),
  until_us INTEGER NOT NULL,
  false_tries INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'answered', 'closed')),
  tls_key TEXT,
  CHECK ((state = 'closed') = (server_seed IS NULL))
) STRICT;

CREATE TABLE node_certificates (
  serial TEXT PRIMARY KEY,
  node_id TEXT NOT NULL REFERENCES nodes(node_id),
  certificate TEXT NOT NULL,
  issued_us INTEGER NOT NULL,
  until_us INTEGER NOT NULL,
  revoked_us INTEGER
) STRICT;
CREATE INDEX node_certificates_by_node ON node_certificates(node_id);

-- Every revocation that ever was, with the key that it struck.
CREATE TABLE revocations (
  revocation_id INTEGER PRIMARY KEY,
  node_id TEXT NOT NULL REFERENCES nodes(node_id),
  public_key BLOB CHECK (length(public_key) = 32),
  revoked_us INTEGER NOT NULL,
  why TEXT NOT NULL
) STRICT;
)sql"},
    {3, R"sql(
-- The object of the status, as it came; a will brings none and leaves the last one.
ALTER TABLE node_status ADD COLUMN health TEXT;
)sql"},
    {4, R"sql(
-- What a stop meant that a node may not have heard: repeated when the node comes back while the play might still sound.
CREATE TABLE stopped_plays (
  node_id TEXT NOT NULL REFERENCES nodes(node_id),
  play_id TEXT NOT NULL,
  until_us INTEGER NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY (node_id, play_id)
) STRICT, WITHOUT ROWID;
)sql"},
    {5, R"sql(
-- The rule as the HTTP interface writes it.
DROP INDEX schedules_by_start;
ALTER TABLE schedules ADD COLUMN rule TEXT NOT NULL DEFAULT '';
UPDATE schedules SET rule =
  json_object('kind', 'once', 'start', strftime('%Y-%m-%dT%H:%M:%fZ', start_us / 1000000.0, 'unixepoch'));
ALTER TABLE schedules DROP COLUMN rule_kind;
ALTER TABLE schedules DROP COLUMN start_us;
ALTER TABLE schedules ADD COLUMN session TEXT;
ALTER TABLE schedules ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
ALTER TABLE schedules ADD COLUMN later_ms INTEGER NOT NULL DEFAULT 0 CHECK (later_ms >= 0);
ALTER TABLE schedules ADD COLUMN shortest_ms INTEGER NOT NULL DEFAULT 0 CHECK (shortest_ms >= 0);
ALTER TABLE schedules ADD COLUMN stagger_ms INTEGER CHECK (stagger_ms >= 0);
ALTER TABLE schedules ADD COLUMN exception_reason TEXT;
ALTER TABLE schedules ADD COLUMN exception_words TEXT;
-- The order in which a staggered schedule goes through them.
ALTER TABLE schedule_areas ADD COLUMN position INTEGER NOT NULL DEFAULT 0;

-- What was decided of each occurrence before it began: the evidence of every silence.
CREATE TABLE fates (
  schedule_id TEXT NOT NULL REFERENCES schedules(schedule_id),
  due_us INTEGER NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('plays', 'shifted', 'shortened', 'cancelled')),
  start_us INTEGER NOT NULL,
  length_ms INTEGER NOT NULL,
  clause TEXT,
  winner_id TEXT,
  silence_vi TEXT,
  silence_en TEXT,
  PRIMARY KEY (schedule_id, due_us)
) STRICT, WITHOUT ROWID;
CREATE INDEX fates_by_due ON fates(due_us);

CREATE TABLE ward_rules (
  version INTEGER PRIMARY KEY,
  decision TEXT NOT NULL CHECK (decision <> ''),
  made_us INTEGER NOT NULL,
  rules TEXT NOT NULL CHECK (rules <> '')
) STRICT;
)sql"},
    {6, R"sql(
-- Of the version in force, which an edit replaces; created_us stays and says how old the schedule is.
ALTER TABLE schedules ADD COLUMN made_us INTEGER NOT NULL DEFAULT 0;
UPDATE schedules SET made_us = created_us;

-- What a schedule said before it was edited: it explains what is past.
CREATE TABLE schedule_versions (
  schedule_id TEXT NOT NULL REFERENCES schedules(schedule_id),
  made_us INTEGER NOT NULL,
  until_us INTEGER NOT NULL CHECK (until_us > made_us),
  areas TEXT NOT NULL,
  rule TEXT NOT NULL,
  session TEXT,
  rank INTEGER NOT NULL,
  later_ms INTEGER NOT NULL,
  shortest_ms INTEGER NOT NULL,
  stagger_ms INTEGER,
  exception_reason TEXT,
  exception_words TEXT,
  late_ms INTEGER NOT NULL,
  volume_pct INTEGER NOT NULL,
  PRIMARY KEY (schedule_id, made_us)
) STRICT, WITHOUT ROWID;
CREATE INDEX schedule_versions_by_end ON schedule_versions(until_us);
)sql"},
    {7, R"sql(
-- The template that it was made from, and the holiday that it is the greeting for.
ALTER TABLE schedules ADD COLUMN template TEXT;
ALTER TABLE schedules ADD COLUMN event TEXT;
ALTER TABLE schedule_versions ADD COLUMN template TEXT;
ALTER TABLE schedule_versions ADD COLUMN event TEXT;
CREATE INDEX schedules_by_event ON schedules(event) WHERE event IS NOT NULL AND cancelled_us IS NULL;
)sql"},
    {8, R"sql(
CREATE TABLE campaigns (
  campaign_id TEXT PRIMARY KEY,
  title TEXT NOT NULL CHECK (title <> ''),
  kind TEXT NOT NULL CHECK (kind IN ('rotation', 'disclosure')),
  source TEXT NOT NULL,
  consecutive_days INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  cancelled_us INTEGER,
  CHECK ((kind = 'disclosure') = (source <> '' AND consecutive_days >= 3))
) STRICT;
ALTER TABLE schedules ADD COLUMN campaign_id TEXT REFERENCES campaigns(campaign_id);
CREATE INDEX schedules_by_campaign ON schedules(campaign_id) WHERE campaign_id IS NOT NULL;

-- The evidence of a disclosure; `day` is of the ward's calendar, 2026-11-24.
CREATE TABLE campaign_days (
  campaign_id TEXT NOT NULL REFERENCES campaigns(campaign_id),
  day TEXT NOT NULL,
  nodes INTEGER NOT NULL CHECK (nodes >= 0),
  proved INTEGER NOT NULL CHECK (proved BETWEEN 0 AND nodes),
  PRIMARY KEY (campaign_id, day)
) STRICT, WITHOUT ROWID;
)sql"},
    {9, R"sql(
-- Calendars that others subscribe to; whoever knows the secret of one may read it.
CREATE TABLE feeds (
  feed_id TEXT PRIMARY KEY,
  name TEXT NOT NULL CHECK (name <> ''),
  area_id TEXT REFERENCES areas(area_id),
  secret_sha256 TEXT NOT NULL UNIQUE CHECK (length(secret_sha256) = 64),
  created_us INTEGER NOT NULL
) STRICT;
)sql"},
    {10, R"sql(
-- Text that is read aloud into a recording, and the announcement that comes of it.
CREATE TABLE spoken_texts (
  recording_id TEXT PRIMARY KEY REFERENCES recordings(recording_id),
  title TEXT NOT NULL CHECK (title <> ''),
  transcript TEXT NOT NULL,
  spoken TEXT NOT NULL CHECK (spoken <> ''),
  class TEXT NOT NULL CHECK (class IN ('normal', 'priority', 'emergency')),
  announcement_id TEXT UNIQUE REFERENCES announcements(announcement_id)
) STRICT;
-- Read by a machine; heard_us is when somebody said that they had listened to it.
ALTER TABLE announcements ADD COLUMN synthetic INTEGER NOT NULL DEFAULT 0 CHECK (synthetic IN (0, 1));
ALTER TABLE announcements ADD COLUMN heard_us INTEGER CHECK (synthetic = 1 OR heard_us IS NULL);
)sql"},
    {11, R"sql(
ALTER TABLE schedules ADD COLUMN chime TEXT CHECK (chime = 'none');
ALTER TABLE schedule_versions ADD COLUMN chime TEXT CHECK (chime = 'none');
-- The announcement that was the chime of what sounded.
ALTER TABLE fates ADD COLUMN chime_id TEXT REFERENCES announcements(announcement_id);

-- What was played whole may have lacked its chime.
CREATE TABLE outcomes_with_reasons (
  node_id TEXT NOT NULL REFERENCES nodes(node_id),
  play_id TEXT NOT NULL,
  announcement_id TEXT NOT NULL,
  clip_sha256 TEXT NOT NULL,
  planned_us INTEGER NOT NULL,
  result TEXT NOT NULL CHECK (result IN ('played', 'late', 'partial', 'stopped', 'missed')),
  reason TEXT NOT NULL,
  started_us INTEGER,
  start_error_us INTEGER,
  heard_ms INTEGER NOT NULL,
  loudness_lufs REAL,
  peak_dbfs REAL,
  clock_state TEXT,
  clock_error_us INTEGER,
  historical INTEGER NOT NULL CHECK (historical IN (0, 1)),
  reported_us INTEGER,
  committed_us INTEGER NOT NULL,
  CHECK (CASE result WHEN 'played' THEN reason IN ('', 'chime_missing') ELSE reason <> '' END),
  PRIMARY KEY (node_id, play_id)
) STRICT, WITHOUT ROWID;
INSERT INTO outcomes_with_reasons SELECT * FROM outcomes;
DROP TABLE outcomes;
ALTER TABLE outcomes_with_reasons RENAME TO outcomes;
CREATE INDEX outcomes_by_planned ON outcomes(planned_us);
)sql"},
    {12, R"sql(
-- Who works with the ward; docs/people.md. Nobody is ever deleted: what they did stays with their name.
CREATE TABLE people (
  person_id TEXT PRIMARY KEY,
  name TEXT NOT NULL CHECK (name <> ''),
  role TEXT NOT NULL CHECK (role IN ('chairman', 'editor', 'operator', 'group_lead', 'viewer', 'admin')),
  area_id TEXT REFERENCES areas(area_id),
  mail TEXT NOT NULL DEFAULT '',         -- address for notices
  password TEXT,                         -- argon2id; none until the invitation is taken up
  factor BLOB,                           -- secret of the second factor
  factor_wanted BLOB,                    -- one that is being set up
  factor_step INTEGER NOT NULL DEFAULT 0,  -- the last step that was accepted
  created_us INTEGER NOT NULL,
  closed_us INTEGER,
  CHECK ((role = 'group_lead') = (area_id IS NOT NULL))
) STRICT;
CREATE TABLE invitations (
  person_id TEXT PRIMARY KEY REFERENCES people(person_id),
  code_sha256 TEXT NOT NULL UNIQUE CHECK (length(code_sha256) = 64),
  until_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE sessions (
  session_sha256 TEXT PRIMARY KEY CHECK (length(session_sha256) = 64),
  person_id TEXT NOT NULL REFERENCES people(person_id),
  opened_us INTEGER NOT NULL,
  until_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_person ON sessions(person_id);
CREATE TABLE tokens (
  token_id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people(person_id),
  name TEXT NOT NULL CHECK (name <> ''),
  scope TEXT NOT NULL CHECK (scope IN ('read', 'write', 'stop')),
  token_sha256 TEXT NOT NULL UNIQUE CHECK (length(token_sha256) = 64),
  created_us INTEGER NOT NULL,
  until_us INTEGER NOT NULL,
  revoked_us INTEGER
) STRICT;
CREATE INDEX tokens_by_person ON tokens(person_id);

-- Who did what; docs/audit.md. Each row's hash covers the one before; nothing here is ever changed or taken away.
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at_us INTEGER NOT NULL,
  person_id TEXT NOT NULL,  -- empty: the server by itself
  via TEXT NOT NULL,        -- session, token:<id>, terminal; empty: the server by itself
  action TEXT NOT NULL CHECK (action <> ''),
  subject TEXT NOT NULL,
  before TEXT NOT NULL,     -- JSON; empty: nothing
  after TEXT NOT NULL,
  hash TEXT NOT NULL CHECK (length(hash) = 64)
) STRICT;
CREATE INDEX audit_by_subject ON audit(subject);
CREATE INDEX audit_by_person ON audit(person_id);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
-- The newest row of an hour, signed by the station key.
CREATE TABLE audit_heads (
  seq INTEGER PRIMARY KEY REFERENCES audit(seq),
  envelope TEXT NOT NULL CHECK (envelope <> '')
) STRICT;
)sql"},
    {13, R"sql(
-- Approval, docs/approval.md. What was in the books before was approved by whoever held the token.
ALTER TABLE announcements ADD COLUMN category TEXT NOT NULL DEFAULT 'notice'
  CHECK (category IN ('notice', 'disclosure', 'greeting'));
ALTER TABLE announcements ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE announcements ADD COLUMN names_citizen INTEGER NOT NULL DEFAULT 0 CHECK (names_citizen IN (0, 1));
ALTER TABLE announcements ADD COLUMN consent TEXT NOT NULL DEFAULT '';
ALTER TABLE announcements ADD COLUMN author TEXT REFERENCES people(person_id);
ALTER TABLE announcements ADD COLUMN state TEXT NOT NULL DEFAULT 'approved'
  CHECK (state IN ('draft', 'submitted', 'approved', 'returned', 'withdrawn'));
CREATE INDEX announcements_by_state ON announcements(state);
CREATE INDEX outcomes_by_announcement ON outcomes(announcement_id, result);
ALTER TABLE spoken_texts ADD COLUMN author TEXT REFERENCES people(person_id);
ALTER TABLE schedules ADD COLUMN approved INTEGER NOT NULL DEFAULT 1 CHECK (approved IN (0, 1));
ALTER TABLE schedule_versions ADD COLUMN approved INTEGER NOT NULL DEFAULT 1 CHECK (approved IN (0, 1));
CREATE TABLE announcement_steps (
  announcement_id TEXT NOT NULL REFERENCES announcements(announcement_id),
  step INTEGER NOT NULL CHECK (step >= 1),
  at_us INTEGER NOT NULL,
  person_id TEXT NOT NULL REFERENCES people(person_id),
  kind TEXT NOT NULL CHECK (kind IN ('made', 'edited', 'scheduled', 'submitted', 'approved', 'returned', 'withdrawn')),
  comment TEXT NOT NULL,
  PRIMARY KEY (announcement_id, step)
) STRICT, WITHOUT ROWID;
-- Who approves in the chairman's stead; days are of the ward's calendar, both included.
CREATE TABLE deputies (
  deputy_id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people(person_id),
  first_day TEXT NOT NULL,
  last_day TEXT NOT NULL CHECK (last_day >= first_day),
  decision TEXT NOT NULL CHECK (decision <> ''),
  appointed_by TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  ended_us INTEGER
) STRICT;
)sql"},
    {14, R"sql(
-- When a loudspeaker was heard and when not: one row for each change. docs/reports.md §1
CREATE TABLE node_presence (
  node_id TEXT NOT NULL REFERENCES nodes(node_id),
  since_us INTEGER NOT NULL,
  heard INTEGER NOT NULL CHECK (heard IN (0, 1)),
  PRIMARY KEY (node_id, since_us)
) STRICT, WITHOUT ROWID;
INSERT INTO node_presence SELECT node_id, seen_us, presence = 'online' FROM node_status;

-- Promises and outcomes in one order, with all that evidence wants of them: it reads both from end to end.
CREATE INDEX planned_plays_by_start ON planned_plays(start_us, node_id, play_id, schedule_id, announcement_id, cancelled_us)
  WHERE cancelled_us IS NULL;
DROP INDEX outcomes_by_planned;
CREATE INDEX outcomes_by_planned ON outcomes(planned_us, node_id, play_id, result, reason, started_us, heard_ms);
)sql"},
    {15, R"sql(
-- What residents say, docs/residents.md. Nothing here tells who they are.
CREATE TABLE complaints (
  complaint_id TEXT PRIMARY KEY,
  made_us INTEGER NOT NULL,
  heard_us INTEGER NOT NULL,  -- when it was, by their word
  node_id TEXT REFERENCES nodes(node_id),
  area_id TEXT REFERENCES areas(area_id),  -- the loudspeaker's of then; none: the whole ward
  kind TEXT NOT NULL CHECK (kind IN ('too_loud', 'not_heard', 'broken', 'other')),
  text TEXT NOT NULL,
  play_id TEXT,               -- what the loudspeaker was to play then
  settled_us INTEGER,
  settled_by TEXT,
  settlement TEXT,
  CHECK ((settled_us IS NULL) = (settlement IS NULL)),
  CHECK (node_id IS NOT NULL OR play_id IS NULL)
) STRICT;
CREATE INDEX complaints_by_made ON complaints(made_us);
CREATE INDEX open_complaints ON complaints(node_id, kind, made_us) WHERE settled_us IS NULL;
CREATE TABLE satisfaction (
  quarter TEXT NOT NULL,      -- 2026-Q4
  area_id TEXT REFERENCES areas(area_id),  -- none: the whole ward
  mark INTEGER NOT NULL CHECK (mark BETWEEN 1 AND 5),
  count INTEGER NOT NULL CHECK (count > 0)
) STRICT;
-- A plan of a node is compared with what it was promised, whatever its past.
CREATE INDEX open_plays_by_node ON planned_plays(node_id, start_us) WHERE open = 1;
-- The upload itself is gone, its clip stays; docs/retention.md.
ALTER TABLE recordings ADD COLUMN forgotten_us INTEGER;
CREATE UNIQUE INDEX one_count_of_a_mark ON satisfaction(quarter, ifnull(area_id, ''), mark);
)sql"},
    {16, R"sql(
-- The console is told of what is new: the last one is looked for twice a second.
CREATE INDEX outcomes_by_committed ON outcomes(committed_us);
-- Where it stands and who hears it, for the console's map and its count of residents; docs/console.md.
ALTER TABLE nodes ADD COLUMN latitude REAL CHECK (latitude BETWEEN -90 AND 90);
ALTER TABLE nodes ADD COLUMN longitude REAL CHECK (longitude BETWEEN -180 AND 180 AND (latitude IS NULL) = (longitude IS NULL));
ALTER TABLE areas ADD COLUMN residents INTEGER CHECK (residents >= 0);
)sql"},
    {17, R"sql(
-- How much after its time a loudspeaker sounds, docs/protocol.md.
ALTER TABLE nodes ADD COLUMN delay_ms INTEGER NOT NULL DEFAULT 0;
-- Single loudspeakers of a schedule, beside its areas and behind them in its order.
CREATE TABLE schedule_nodes (
  schedule_id TEXT NOT NULL REFERENCES schedules(schedule_id),
  node_id TEXT NOT NULL REFERENCES nodes(node_id),
  position INTEGER NOT NULL,
  PRIMARY KEY (schedule_id, node_id)
) STRICT, WITHOUT ROWID;
ALTER TABLE schedule_versions ADD COLUMN nodes TEXT NOT NULL DEFAULT '[]';
)sql"},
    {18, R"sql(
-- What was on the air beside the plans; docs/live.md. `body` is the air as the nodes are told of it.
CREATE TABLE airs (
  play_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('announcement', 'speech', 'emergency')),
  title TEXT NOT NULL,
  exercise INTEGER NOT NULL CHECK (exercise IN (0, 1)),
  person TEXT NOT NULL,
  body TEXT NOT NULL,
  made_us INTEGER NOT NULL,
  until_us INTEGER NOT NULL,
  ended_us INTEGER,
  why TEXT,
  recording_id TEXT REFERENCES recordings(recording_id)
) STRICT;
CREATE INDEX open_airs ON airs(made_us) WHERE ended_us IS NULL;
-- Who was meant; `open` until there is an outcome.
CREATE TABLE air_nodes (
  play_id TEXT NOT NULL REFERENCES airs(play_id),
  node_id TEXT NOT NULL REFERENCES nodes(node_id),
  open INTEGER NOT NULL DEFAULT 1 CHECK (open IN (0, 1)),
  PRIMARY KEY (play_id, node_id)
) STRICT, WITHOUT ROWID;
ALTER TABLE outcomes ADD COLUMN lost_ms INTEGER NOT NULL DEFAULT 0;
-- Emergency keys of people, each behind its own PIN. Whether one is believed the root key says.
CREATE TABLE emergency_keys (
  person_id TEXT PRIMARY KEY REFERENCES people(person_id),
  public_key BLOB NOT NULL CHECK (length(public_key) = 32),
  wrapped TEXT NOT NULL,
  made_us INTEGER NOT NULL
) STRICT;
)sql"},
}};

}  // namespace

std::span<const db::Migration> migrations() {
  return kMigrations;
}

}  // namespace loa::server
