-- The store's catalogue and people. Times are epoch milliseconds; money is in minor units.

-- What every list is validated by: `generation` grows with each change of any of its rows.
CREATE TABLE collections (
  name TEXT NOT NULL PRIMARY KEY,
  generation INTEGER NOT NULL DEFAULT 1,
  changed_at INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

INSERT INTO collections (name) VALUES ('products'), ('users'), ('addresses');

-- A write asserts what it depends on by an insert here, in its own batch: a guard that is not 1 undoes
-- the batch. The trigger keeps the table empty.
CREATE TABLE guards (
  holds INTEGER NOT NULL CHECK (holds = 1)
) STRICT;

CREATE TRIGGER guards_leave_nothing AFTER INSERT ON guards BEGIN
  DELETE FROM guards;
END;

-- `seq` is the full-text index's key and never leaves the database. A deleted product stays as a
-- tombstone, so that snapshots can still show it and no id is ever used twice.
CREATE TABLE products (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE CHECK (id GLOB 'prod_*'),
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  category TEXT NOT NULL,
  brand TEXT NOT NULL,
  price_amount INTEGER NOT NULL CHECK (price_amount BETWEEN 0 AND 100000000),
  price_currency TEXT NOT NULL CHECK (length(price_currency) = 3),
  stock INTEGER NOT NULL CHECK (stock >= 0),
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT;

CREATE INDEX products_by_created_at ON products (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX products_by_price ON products (price_amount, id) WHERE deleted_at IS NULL;
CREATE INDEX products_by_name ON products (name, id) WHERE deleted_at IS NULL;
CREATE INDEX products_by_category_created_at ON products (category, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX products_by_category_price ON products (category, price_amount, id) WHERE deleted_at IS NULL;
CREATE INDEX products_by_category_name ON products (category, name, id) WHERE deleted_at IS NULL;
CREATE INDEX products_by_brand_created_at ON products (brand, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX products_by_brand_price ON products (brand, price_amount, id) WHERE deleted_at IS NULL;
CREATE INDEX products_by_brand_name ON products (brand, name, id) WHERE deleted_at IS NULL;

CREATE TRIGGER products_change_on_insert AFTER INSERT ON products BEGIN
  UPDATE collections SET generation = generation + 1, changed_at = max(changed_at, new.updated_at) WHERE name = 'products';
END;
CREATE TRIGGER products_change_on_update AFTER UPDATE ON products BEGIN
  UPDATE collections
  SET generation = generation + 1, changed_at = max(changed_at, new.updated_at, coalesce(new.deleted_at, 0))
  WHERE name = 'products';
END;

-- Full text over the catalogue, kept in step by the database itself. Words are not stemmed: a stem is no beginning
-- of its word ("runni" is none of "run"), and who types would find nothing halfway through.
CREATE VIRTUAL TABLE products_text USING fts5 (
  name, brand, category, description,
  content = 'products', content_rowid = 'seq',
  tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
CREATE TRIGGER products_text_on_insert AFTER INSERT ON products BEGIN
  INSERT INTO products_text (rowid, name, brand, category, description)
  VALUES (new.seq, new.name, new.brand, new.category, new.description);
END;
CREATE TRIGGER products_text_on_update AFTER UPDATE OF name, brand, category, description ON products BEGIN
  INSERT INTO products_text (products_text, rowid, name, brand, category, description)
  VALUES ('delete', old.seq, old.name, old.brand, old.category, old.description);
  INSERT INTO products_text (rowid, name, brand, category, description)
  VALUES (new.seq, new.name, new.brand, new.category, new.description);
END;
CREATE TRIGGER products_text_on_delete AFTER DELETE ON products BEGIN
  INSERT INTO products_text (products_text, rowid, name, brand, category, description)
  VALUES ('delete', old.seq, old.name, old.brand, old.category, old.description);
END;

CREATE TABLE users (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE CHECK (id GLOB 'user_*'),
  email TEXT NOT NULL COLLATE NOCASE UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('customer', 'staff', 'admin')),
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT;

CREATE TABLE addresses (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE CHECK (id GLOB 'addr_*'),
  user_id TEXT NOT NULL REFERENCES users (id),
  name TEXT NOT NULL,
  line1 TEXT NOT NULL,
  line2 TEXT,
  city TEXT NOT NULL,
  region TEXT,
  postal_code TEXT NOT NULL,
  country TEXT NOT NULL CHECK (length(country) = 2),
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT;

CREATE INDEX addresses_by_user ON addresses (user_id, created_at, id) WHERE deleted_at IS NULL;

-- A list frozen for random access: the members' `seq` in order, as a JSON array.
CREATE TABLE snapshots (
  id TEXT NOT NULL PRIMARY KEY,
  collection TEXT NOT NULL,
  members TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX snapshots_by_expiry ON snapshots (expires_at);
