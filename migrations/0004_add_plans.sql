-- What an account may use: its rate and its quotas, which src/limits/policies.ts has by the plan's name.
ALTER TABLE users ADD COLUMN plan TEXT NOT NULL DEFAULT 'free' CHECK (plan IN ('free', 'pro', 'internal'));
