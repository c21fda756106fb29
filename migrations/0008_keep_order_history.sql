-- What an order must still say later is copied into it, money is kept in a ledger, and unpaid orders expire. Times are epoch
-- milliseconds; money is in minor units.

-- The address as it was when the order was placed, as the JSON object that the API shows. NULL: its owner's account was deleted.
-- `expires_at` is the deadline of a payment (NULL: none); `expired_at` is set when the order was cancelled for missing it.
-- The amounts are the sums of the order's ledger entries; a trigger keeps them.
ALTER TABLE orders ADD COLUMN shipping_address TEXT CHECK (shipping_address IS NULL OR json_valid(shipping_address));
ALTER TABLE orders ADD COLUMN expires_at INTEGER;
ALTER TABLE orders ADD COLUMN expired_at INTEGER CHECK (expired_at IS NULL OR status = 'cancelled');
ALTER TABLE orders ADD COLUMN amount_paid INTEGER NOT NULL DEFAULT 0 CHECK (amount_paid BETWEEN 0 AND total_amount);
ALTER TABLE orders ADD COLUMN amount_refunded INTEGER NOT NULL DEFAULT 0 CHECK (amount_refunded BETWEEN 0 AND amount_paid);

CREATE INDEX orders_by_expiry ON orders (status, expires_at)
WHERE status = 'placed' AND expires_at IS NOT NULL AND deleted_at IS NULL;

-- The product as it was when the order was placed.
ALTER TABLE order_items ADD COLUMN product_name TEXT NOT NULL DEFAULT '';
ALTER TABLE order_items ADD COLUMN category TEXT NOT NULL DEFAULT '';
ALTER TABLE order_items ADD COLUMN brand TEXT NOT NULL DEFAULT '';

-- Existing orders get what is known today. Deleted products and addresses are still there as rows; an address whose owner's
-- account was deleted was emptied then, and stays empty here.
UPDATE order_items SET (product_name, category, brand) = (
  SELECT name, category, brand FROM products WHERE products.id = order_items.product_id
);
UPDATE orders SET shipping_address = (
  SELECT json_patch('{}', json_object(
    'name', name, 'line1', line1, 'line2', line2, 'city', city, 'region', region, 'postal_code', postal_code, 'country', country
  ))
  FROM addresses WHERE addresses.id = orders.address_id AND addresses.name <> ''
);
-- Orders that are unpaid at the upgrade have a day to be paid.
UPDATE orders SET expires_at = unixepoch() * 1000 + 86400000 WHERE status = 'placed' AND deleted_at IS NULL;

CREATE TRIGGER order_items_never_change BEFORE UPDATE ON order_items BEGIN
  SELECT RAISE(ABORT, 'order_items never change');
END;

-- Money that came in and went out. `seq` grows with each commit, so a report that has read up to a number has read everything
-- before it. An entry says all that a report needs, also when products, categories or accounts have changed since: the items are
-- a JSON array of product_id, product_name, category, brand, quantity and unit_price_amount. `actor_id` is the account that took
-- the step (NULL: not recorded).
CREATE TABLE ledger_entries (
  seq INTEGER PRIMARY KEY,
  order_id TEXT NOT NULL CHECK (order_id GLOB 'ord_*'),
  user_id TEXT NOT NULL CHECK (user_id GLOB 'user_*'),
  kind TEXT NOT NULL CHECK (kind IN ('payment', 'refund')),
  step TEXT NOT NULL CHECK (step IN ('pay', 'cancel', 'refund')),
  amount INTEGER NOT NULL CHECK (amount >= 0),
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  items TEXT NOT NULL CHECK (json_valid(items)),
  actor_id TEXT,
  ordered_at INTEGER NOT NULL,
  occurred_at INTEGER NOT NULL,
  CHECK ((kind = 'payment') = (step = 'pay'))
) STRICT;

-- An order is paid once and refunded once.
CREATE UNIQUE INDEX ledger_entries_by_order ON ledger_entries (order_id, kind);

CREATE TRIGGER ledger_entries_are_never_replaced BEFORE INSERT ON ledger_entries
WHEN EXISTS (SELECT 1 FROM ledger_entries WHERE seq = new.seq)
  OR EXISTS (SELECT 1 FROM ledger_entries WHERE order_id = new.order_id AND kind = new.kind)
BEGIN
  SELECT RAISE(ABORT, 'ledger_entries are never replaced');
END;
CREATE TRIGGER ledger_entries_never_change BEFORE UPDATE ON ledger_entries BEGIN
  SELECT RAISE(ABORT, 'ledger_entries never change');
END;
CREATE TRIGGER ledger_entries_are_never_deleted BEFORE DELETE ON ledger_entries BEGIN
  SELECT RAISE(ABORT, 'ledger_entries are never deleted');
END;

CREATE TRIGGER ledger_entries_are_of_an_order BEFORE INSERT ON ledger_entries
WHEN NOT EXISTS (
  SELECT 1 FROM orders
  WHERE id = new.order_id AND user_id = new.user_id AND total_currency = new.currency
    AND new.amount = iif(new.kind = 'payment', total_amount, amount_paid)
)
BEGIN
  SELECT RAISE(ABORT, 'ledger_entries pay or refund a whole order');
END;
CREATE TRIGGER ledger_entries_add_up AFTER INSERT ON ledger_entries BEGIN
  UPDATE orders
  SET amount_paid = amount_paid + iif(new.kind = 'payment', new.amount, 0),
    amount_refunded = amount_refunded + iif(new.kind = 'refund', new.amount, 0)
  WHERE id = new.order_id;
END;

-- The entries of existing orders, in order of their times. A version counts the steps an order has taken, so a cancelled order of
-- version 3 had been paid. Cancelling refunds from now on, and these are recorded as refunded, too. When a payment was made is
-- known only of orders that took no step since; of the others the time of the order stands.
INSERT INTO ledger_entries (order_id, user_id, kind, step, amount, currency, items, actor_id, ordered_at, occurred_at)
SELECT order_id, user_id, kind, step, total_amount, total_currency, items, actor_id, created_at, occurred_at
FROM (
  SELECT id AS order_id, user_id, 'payment' AS kind, 'pay' AS step, total_amount, total_currency, user_id AS actor_id, created_at,
    iif(status = 'paid', updated_at, created_at) AS occurred_at
  FROM orders WHERE status IN ('paid', 'shipped', 'delivered', 'refunded') OR (status = 'cancelled' AND version >= 3)
  UNION ALL
  SELECT id, user_id, 'refund', iif(status = 'cancelled', 'cancel', 'refund'), total_amount, total_currency, NULL, created_at, updated_at
  FROM orders WHERE status = 'refunded' OR (status = 'cancelled' AND version >= 3)
) AS entries
INNER JOIN (
  SELECT order_id AS id, json_group_array(json_object(
    'product_id', product_id, 'product_name', product_name, 'category', category, 'brand', brand,
    'quantity', quantity, 'unit_price_amount', unit_price_amount
  )) AS items
  FROM order_items GROUP BY order_id
) AS lines ON lines.id = entries.order_id
ORDER BY occurred_at, kind, order_id;

-- Units in open orders, which a cancellation returns to stock (placed or paid), and those of them that are not paid. Triggers
-- keep them, so that no request has to count orders.
CREATE TABLE product_units (
  product_id TEXT NOT NULL PRIMARY KEY CHECK (product_id GLOB 'prod_*'),
  open_units INTEGER NOT NULL CHECK (open_units >= 0),
  unpaid_units INTEGER NOT NULL CHECK (unpaid_units BETWEEN 0 AND open_units)
) STRICT, WITHOUT ROWID;
CREATE TABLE account_units (
  user_id TEXT NOT NULL PRIMARY KEY CHECK (user_id GLOB 'user_*'),
  unpaid_units INTEGER NOT NULL CHECK (unpaid_units >= 0)
) STRICT, WITHOUT ROWID;

INSERT INTO product_units (product_id, open_units, unpaid_units)
SELECT product_id, sum(quantity), sum(quantity * (status = 'placed'))
FROM order_items INNER JOIN orders ON orders.id = order_id
WHERE status IN ('placed', 'paid') GROUP BY product_id;
INSERT INTO account_units (user_id, unpaid_units)
SELECT user_id, sum(quantity)
FROM order_items INNER JOIN orders ON orders.id = order_id
WHERE status = 'placed' GROUP BY user_id;

CREATE TRIGGER order_items_count_units AFTER INSERT ON order_items BEGIN
  INSERT INTO product_units (product_id, open_units, unpaid_units)
  SELECT new.product_id, new.quantity, new.quantity * (status = 'placed')
  FROM orders WHERE id = new.order_id AND status IN ('placed', 'paid')
  ON CONFLICT (product_id) DO UPDATE
  SET open_units = open_units + excluded.open_units, unpaid_units = unpaid_units + excluded.unpaid_units;
  INSERT INTO account_units (user_id, unpaid_units)
  SELECT user_id, new.quantity FROM orders WHERE id = new.order_id AND status = 'placed'
  ON CONFLICT (user_id) DO UPDATE SET unpaid_units = unpaid_units + excluded.unpaid_units;
END;
CREATE TRIGGER orders_count_open_units AFTER UPDATE OF status ON orders
WHEN new.status <> old.status AND (old.status IN ('placed', 'paid') OR new.status IN ('placed', 'paid'))
BEGIN
  UPDATE product_units
  SET
    open_units = open_units + ((new.status IN ('placed', 'paid')) - (old.status IN ('placed', 'paid')))
      * (SELECT quantity FROM order_items WHERE order_id = new.id AND order_items.product_id = product_units.product_id),
    unpaid_units = unpaid_units + ((new.status = 'placed') - (old.status = 'placed'))
      * (SELECT quantity FROM order_items WHERE order_id = new.id AND order_items.product_id = product_units.product_id)
  WHERE product_id IN (SELECT product_id FROM order_items WHERE order_id = new.id);
END;
CREATE TRIGGER orders_count_unpaid_units AFTER UPDATE OF status ON orders
WHEN (new.status = 'placed') <> (old.status = 'placed')
BEGIN
  UPDATE account_units
  SET unpaid_units = unpaid_units + ((new.status = 'placed') - (old.status = 'placed'))
    * (SELECT coalesce(sum(quantity), 0) FROM order_items WHERE order_id = new.id)
  WHERE user_id = new.user_id;
END;

-- Stock and the units in open orders never exceed 1,000,000,000 together, so that each cancellation fits. Stock beyond it came
-- about by a cancellation after stock had been set, and is cut to what fits.
UPDATE products
SET stock = max(0, 1000000000 - coalesce((SELECT open_units FROM product_units WHERE product_id = products.id), 0)),
  version = version + 1, updated_at = max(updated_at, unixepoch() * 1000)
WHERE deleted_at IS NULL
  AND stock + coalesce((SELECT open_units FROM product_units WHERE product_id = products.id), 0) > 1000000000;

CREATE TRIGGER products_fit_on_insert BEFORE INSERT ON products WHEN new.stock > 1000000000 BEGIN
  SELECT RAISE(ABORT, 'stock exceeds its maximum');
END;
CREATE TRIGGER products_fit_on_update BEFORE UPDATE OF stock ON products
WHEN new.deleted_at IS NULL
  AND new.stock + coalesce((SELECT open_units FROM product_units WHERE product_id = new.id), 0) > 1000000000
BEGIN
  SELECT RAISE(ABORT, 'stock and the units in open orders exceed the maximum of stock');
END;
