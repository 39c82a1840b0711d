"""Tools without product words: clock, ids, secret, breaker, retry, crash points."""
