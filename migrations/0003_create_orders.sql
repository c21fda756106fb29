-- Orders. Times are epoch milliseconds; money is in minor units.

INSERT INTO collections (name) VALUES ('orders');

-- `address_id` is one of the owner's addresses, as the batch asserts that places the order; no address is ever removed. It
-- is no foreign key, which would want an index of its own and serve nobody else.
CREATE TABLE orders (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE CHECK (id GLOB 'ord_*'),
  user_id TEXT NOT NULL REFERENCES users (id),
  address_id TEXT NOT NULL CHECK (address_id GLOB 'addr_*'),
  status TEXT NOT NULL CHECK (status IN ('placed', 'paid', 'shipped', 'delivered', 'cancelled', 'refunded')),
  total_amount INTEGER NOT NULL CHECK (total_amount >= 0),
  total_currency TEXT NOT NULL CHECK (length(total_currency) = 3),
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT;

-- What was ordered, at the price of that moment. `position` counts from 0. A product stands once in an order.
CREATE TABLE order_items (
  order_id TEXT NOT NULL REFERENCES orders (id),
  position INTEGER NOT NULL CHECK (position >= 0),
  product_id TEXT NOT NULL REFERENCES products (id),
  quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 99),
  unit_price_amount INTEGER NOT NULL CHECK (unit_price_amount >= 0),
  unit_price_currency TEXT NOT NULL CHECK (length(unit_price_currency) = 3),
  PRIMARY KEY (order_id, position),
  UNIQUE (order_id, product_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX orders_by_created_at ON orders (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX orders_by_total ON orders (total_amount, id) WHERE deleted_at IS NULL;
CREATE INDEX orders_by_status_created_at ON orders (status, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX orders_by_status_total ON orders (status, total_amount, id) WHERE deleted_at IS NULL;
CREATE INDEX orders_by_user_created_at ON orders (user_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX orders_by_user_total ON orders (user_id, total_amount, id) WHERE deleted_at IS NULL;
CREATE INDEX orders_by_user_status_created_at ON orders (user_id, status, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX orders_by_user_status_total ON orders (user_id, status, total_amount, id) WHERE deleted_at IS NULL;

-- The list of all orders has a generation, and so has each owner's own, which is made with the first.
CREATE TRIGGER orders_change_on_insert AFTER INSERT ON orders BEGIN
  INSERT INTO collections (name, generation, changed_at)
  VALUES ('orders', 1, new.updated_at), ('orders/' || new.user_id, 1, new.updated_at)
  ON CONFLICT (name) DO UPDATE SET generation = generation + 1, changed_at = max(changed_at, excluded.changed_at);
END;
CREATE TRIGGER orders_change_on_update AFTER UPDATE ON orders BEGIN
  INSERT INTO collections (name, generation, changed_at)
  VALUES
    ('orders', 1, max(new.updated_at, coalesce(new.deleted_at, 0))),
    ('orders/' || new.user_id, 1, max(new.updated_at, coalesce(new.deleted_at, 0)))
  ON CONFLICT (name) DO UPDATE SET generation = generation + 1, changed_at = max(changed_at, excluded.changed_at);
END;

-- What requests with an idempotency key have done, each in the batch that did it, by the hash of who, where and which key.
-- `status` is the answer's; 0 bars attempts of a lower `fence`, and is no effect.
CREATE TABLE idempotency_effects (
  record_hash TEXT NOT NULL PRIMARY KEY,
  fence INTEGER NOT NULL CHECK (fence >= 1),
  status INTEGER NOT NULL CHECK (status = 0 OR status BETWEEN 200 AND 299),
  resource_id TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_effects_by_expiry ON idempotency_effects (expires_at);
