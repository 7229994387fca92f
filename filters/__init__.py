"""Words, measures, rules, per-language configs and formatting. Imports only langid."""
