-- Where a client may send people after they signed out (OpenID Connect RP-Initiated Logout 1.0): a JSON list of URIs.
ALTER TABLE oauth_clients ADD COLUMN post_logout_redirect_uris TEXT NOT NULL DEFAULT '[]';
