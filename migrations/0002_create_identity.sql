-- Who the store's people are and how they prove it: credentials, sessions, the authorization server's state, keys.
-- Secrets are never stored as they are: passwords as Argon2id, tokens and keys as SHA-256, signing keys encrypted.

-- A service client has an account as a person has, so that whatever is owned is owned by an account.
ALTER TABLE users ADD COLUMN kind TEXT NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'service'));
ALTER TABLE users ADD COLUMN email_verified_at INTEGER;

CREATE INDEX users_by_created_at ON users (created_at, id) WHERE deleted_at IS NULL AND kind = 'person';
CREATE INDEX users_by_name ON users (name, id) WHERE deleted_at IS NULL AND kind = 'person';
CREATE INDEX users_by_email ON users (email, id) WHERE deleted_at IS NULL AND kind = 'person';
CREATE INDEX users_by_role_created_at ON users (role, created_at, id) WHERE deleted_at IS NULL AND kind = 'person';
CREATE INDEX users_by_role_name ON users (role, name, id) WHERE deleted_at IS NULL AND kind = 'person';
CREATE INDEX users_by_role_email ON users (role, email, id) WHERE deleted_at IS NULL AND kind = 'person';

CREATE TRIGGER users_change_on_insert AFTER INSERT ON users BEGIN
  UPDATE collections SET generation = generation + 1, changed_at = max(changed_at, new.updated_at) WHERE name = 'users';
END;
CREATE TRIGGER users_change_on_update AFTER UPDATE ON users BEGIN
  UPDATE collections
  SET generation = generation + 1, changed_at = max(changed_at, new.updated_at, coalesce(new.deleted_at, 0))
  WHERE name = 'users';
END;

CREATE INDEX addresses_by_created_at ON addresses (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX addresses_by_name ON addresses (name, id) WHERE deleted_at IS NULL;
CREATE INDEX addresses_by_user_name ON addresses (user_id, name, id) WHERE deleted_at IS NULL;
-- Who leaves is forgotten in what they had deleted before, too.
CREATE INDEX addresses_deleted_by_user ON addresses (user_id) WHERE deleted_at IS NOT NULL;

-- The list of everybody's addresses has a generation, and so has each owner's own, which is made with the first: what
-- somebody else does never shows in it.
CREATE TRIGGER addresses_change_on_insert AFTER INSERT ON addresses BEGIN
  INSERT INTO collections (name, generation, changed_at)
  VALUES ('addresses', 1, new.updated_at), ('addresses/' || new.user_id, 1, new.updated_at)
  ON CONFLICT (name) DO UPDATE SET generation = generation + 1, changed_at = max(changed_at, excluded.changed_at);
END;
CREATE TRIGGER addresses_change_on_update AFTER UPDATE ON addresses BEGIN
  INSERT INTO collections (name, generation, changed_at)
  VALUES
    ('addresses', 1, max(new.updated_at, coalesce(new.deleted_at, 0))),
    ('addresses/' || new.user_id, 1, max(new.updated_at, coalesce(new.deleted_at, 0)))
  ON CONFLICT (name) DO UPDATE SET generation = generation + 1, changed_at = max(changed_at, excluded.changed_at);
END;

-- A person's password, as a PHC string.
CREATE TABLE credentials (
  user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id),
  password_hash TEXT NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- WebAuthn credentials. `id` is the credential's, in base64url, as is the public key (COSE).
CREATE TABLE passkeys (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  public_key TEXT NOT NULL,
  counter INTEGER NOT NULL,
  transports TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX passkeys_by_user ON passkeys (user_id);

-- Challenges of WebAuthn that were answered, by their hash, until they would have expired: each is good once.
CREATE TABLE spent_challenges (
  challenge_hash TEXT NOT NULL PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX spent_challenges_by_expiry ON spent_challenges (expires_at);

-- Browsers in which somebody is signed in, by the hash of their cookie. `methods` are RFC 8176 names, separated by blanks.
CREATE TABLE sign_ins (
  id_hash TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  methods TEXT NOT NULL,
  authenticated_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_ins_by_user ON sign_ins (user_id);
CREATE INDEX sign_ins_by_expiry ON sign_ins (expires_at);

-- What a link in a mail proves, by the hash of its token: good once.
CREATE TABLE mail_tokens (
  token_hash TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  purpose TEXT NOT NULL CHECK (purpose IN ('verify-email', 'reset-password')),
  email TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX mail_tokens_by_user ON mail_tokens (user_id);
CREATE INDEX mail_tokens_by_expiry ON mail_tokens (expires_at);

-- Where mail goes while the service runs locally; empty in a deployment.
CREATE TABLE mailbox (
  seq INTEGER PRIMARY KEY,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  content TEXT NOT NULL,
  sent_at INTEGER NOT NULL
) STRICT;

-- `client_id` is the protocol's name of the client, `id` the resource's. Lists are JSON arrays of text.
CREATE TABLE oauth_clients (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE CHECK (id GLOB 'client_*'),
  client_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('public', 'confidential')),
  account_id TEXT REFERENCES users (id),
  secret_hash TEXT,
  previous_secret_hash TEXT,
  previous_secret_expires_at INTEGER,
  redirect_uris TEXT NOT NULL DEFAULT '[]',
  grant_types TEXT NOT NULL DEFAULT '[]',
  scopes TEXT NOT NULL DEFAULT '[]',
  requires_dpop INTEGER NOT NULL DEFAULT 0 CHECK (requires_dpop IN (0, 1)),
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER,
  CHECK ((type = 'confidential') = (secret_hash IS NOT NULL))
) STRICT;

CREATE INDEX oauth_clients_by_created_at ON oauth_clients (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX oauth_clients_by_name ON oauth_clients (name, id) WHERE deleted_at IS NULL;

CREATE TRIGGER oauth_clients_change_on_insert AFTER INSERT ON oauth_clients BEGIN
  INSERT INTO collections (name, generation, changed_at) VALUES ('oauth_clients', 1, new.updated_at)
  ON CONFLICT (name) DO UPDATE SET generation = generation + 1, changed_at = max(changed_at, excluded.changed_at);
END;
CREATE TRIGGER oauth_clients_change_on_update AFTER UPDATE ON oauth_clients BEGIN
  INSERT INTO collections (name, generation, changed_at)
  VALUES ('oauth_clients', 1, max(new.updated_at, coalesce(new.deleted_at, 0)))
  ON CONFLICT (name) DO UPDATE SET generation = generation + 1, changed_at = max(changed_at, excluded.changed_at);
END;

-- Keys of accounts for machines. A revoked one stays as a tombstone. `last_used_on` is a day, such as 2026-01-31.
CREATE TABLE api_keys (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE CHECK (id GLOB 'key_*'),
  user_id TEXT NOT NULL REFERENCES users (id),
  name TEXT NOT NULL,
  hint TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  previous_secret_hash TEXT UNIQUE,
  previous_secret_expires_at INTEGER,
  scopes TEXT NOT NULL,
  expires_at INTEGER,
  last_used_on TEXT,
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT;

CREATE INDEX api_keys_by_user ON api_keys (user_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX api_keys_by_user_name ON api_keys (user_id, name, id) WHERE deleted_at IS NULL;
CREATE INDEX api_keys_deleted_by_user ON api_keys (user_id) WHERE deleted_at IS NOT NULL;
CREATE INDEX api_keys_by_created_at ON api_keys (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX api_keys_by_name ON api_keys (name, id) WHERE deleted_at IS NULL;

CREATE TRIGGER api_keys_change_on_insert AFTER INSERT ON api_keys BEGIN
  INSERT INTO collections (name, generation, changed_at)
  VALUES ('api_keys', 1, new.updated_at), ('api_keys/' || new.user_id, 1, new.updated_at)
  ON CONFLICT (name) DO UPDATE SET generation = generation + 1, changed_at = max(changed_at, excluded.changed_at);
END;
CREATE TRIGGER api_keys_change_on_update AFTER UPDATE ON api_keys BEGIN
  INSERT INTO collections (name, generation, changed_at)
  VALUES
    ('api_keys', 1, max(new.updated_at, coalesce(new.deleted_at, 0))),
    ('api_keys/' || new.user_id, 1, max(new.updated_at, coalesce(new.deleted_at, 0)))
  ON CONFLICT (name) DO UPDATE SET generation = generation + 1, changed_at = max(changed_at, excluded.changed_at);
END;

-- The authorization server's own keys. `private_key` is encrypted under a key derived from the deployment's secret.
CREATE TABLE signing_keys (
  kid TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('next', 'current', 'previous')),
  public_jwk TEXT NOT NULL,
  private_key TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  activated_at INTEGER,
  retired_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX signing_keys_next ON signing_keys (state) WHERE state = 'next';
CREATE UNIQUE INDEX signing_keys_current ON signing_keys (state) WHERE state = 'current';

-- What the authorization server remembers: codes, tokens, grants, sessions, by the hash of what the client holds.
-- `successor` is what took a refresh token's place, encrypted under the token itself.
CREATE TABLE oauth_artifacts (
  model TEXT NOT NULL,
  id_hash TEXT NOT NULL,
  payload TEXT NOT NULL,
  grant_id TEXT,
  uid TEXT,
  user_code TEXT,
  account_id TEXT,
  client_id TEXT,
  consumed_at INTEGER,
  successor TEXT,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (model, id_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX oauth_artifacts_by_grant ON oauth_artifacts (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX oauth_artifacts_by_uid ON oauth_artifacts (model, uid) WHERE uid IS NOT NULL;
CREATE INDEX oauth_artifacts_by_user_code ON oauth_artifacts (model, user_code) WHERE user_code IS NOT NULL;
CREATE INDEX oauth_artifacts_by_account ON oauth_artifacts (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX oauth_artifacts_by_client ON oauth_artifacts (client_id) WHERE client_id IS NOT NULL;
CREATE INDEX oauth_artifacts_by_expiry ON oauth_artifacts (expires_at);

-- Access tokens that end before they expire: one token, all of one grant, or all of an account or client issued before
-- a moment (epoch ms). An entry is kept until the last token that it can be about has expired.
CREATE TABLE revocations (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('token', 'grant', 'account', 'client')),
  id TEXT NOT NULL,
  issued_before INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX revocations_by_expiry ON revocations (expires_at);
