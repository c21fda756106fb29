-- A privilege is checked when it is used: each account and each OAuth client counts its revocations, tokens carry the
-- count, and an API key remembers the client and the grant that it was made through.

ALTER TABLE users ADD COLUMN credential_version INTEGER NOT NULL DEFAULT 1 CHECK (credential_version >= 1);
ALTER TABLE oauth_clients ADD COLUMN credential_version INTEGER NOT NULL DEFAULT 1 CHECK (credential_version >= 1);

-- An entry about an account or a client ends the tokens that carry a lower version. Tokens from before this migration
-- carry none, which counts as 0. `issued_before` is for the release before, which compares times.
ALTER TABLE revocations ADD COLUMN below_version INTEGER NOT NULL DEFAULT 1;

CREATE INDEX revocations_by_subject ON revocations (kind, id);

-- The version advances in the batch that revokes, whoever writes the entry. Where the subject does not exist, the entry
-- ends every token.
CREATE TRIGGER revocations_advance_account AFTER INSERT ON revocations WHEN new.kind = 'account' BEGIN
  UPDATE users SET credential_version = credential_version + 1 WHERE id = new.id;
  UPDATE revocations
  SET below_version = coalesce((SELECT credential_version FROM users WHERE id = new.id), 9007199254740991)
  WHERE seq = new.seq;
END;
CREATE TRIGGER revocations_advance_client AFTER INSERT ON revocations WHEN new.kind = 'client' BEGIN
  UPDATE oauth_clients SET credential_version = credential_version + 1 WHERE client_id = new.id;
  UPDATE revocations
  SET below_version = coalesce((SELECT credential_version FROM oauth_clients WHERE client_id = new.id), 9007199254740991)
  WHERE seq = new.seq;
END;

-- Each of a key's two secrets belongs to the client and the grant that it was given to. Absent for older keys.
ALTER TABLE api_keys ADD COLUMN client_id TEXT;
ALTER TABLE api_keys ADD COLUMN grant_id TEXT;
ALTER TABLE api_keys ADD COLUMN previous_client_id TEXT;
ALTER TABLE api_keys ADD COLUMN previous_grant_id TEXT;

CREATE INDEX api_keys_by_client ON api_keys (client_id) WHERE client_id IS NOT NULL AND deleted_at IS NULL;
